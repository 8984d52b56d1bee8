import DataSource
import NeuralNetwork

/// Batches of a source into steps, with its rows' names in errors.
extension Model {
    func openStream(_ source: any Source, _ options: BatchOptions) throws(TrainingError) -> BatchStream {
        do { return try BatchStream(source, options: options, ledger: ledger) } catch { throw TrainingError(error) }
    }

    /// One step on a batch of a source; a bad label is named with its row there.
    func step(
        _ mode: StepMode, _ batch: borrowing Batch, of source: any Source, _ options: StepOptions = StepOptions()
    ) throws(TrainingError) {
        let session = Session.of(self)
        do {
            try session.run(mode, batch, options)
        } catch {
            guard let invalid = session.invalidLabel else { throw error }
            throw labelError(invalid, row: batch.rows[invalid.row], of: source)
        }
    }

    /// The error of a label that is no class, with the file and the row there.
    private func labelError(_ invalid: InvalidLabel, row: Int, of source: any Source) -> TrainingError {
        let location = source.location(ofRow: row)
        let name = "\"\(source.targets[invalid.column].name)\""
        let place = "row \(location.row) of \(name)" + (location.row == row ? "" : " (row \(row) of all)")
        let error = invalid.error(at: place)
        guard let file = location.file else { return error }
        return TrainingError(DataError(file: file, error.description, underlying: error))
    }

    func nextBatch(_ stream: BatchStream) throws(TrainingError) -> Batch? {
        do { return try stream.next() } catch { throw TrainingError(error) }
    }
}

extension TrainingError {
    init(_ error: DataError) { self.init(.data, error.description, underlying: error) }
}
