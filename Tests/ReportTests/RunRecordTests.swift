import DataSource
import Memory
import Report
import Testing
import Training

@Suite struct RunRecordTests {
    @Test(arguments: [0, 1, 700, 5000]) func `a record goes on from a checkpoint as it was`(updates: Int) {
        var record = Runs.record(epochs: 3, updates: updates)
        record.notes.add("resumed <here>")
        record.skippedBlocks = 2
        let state = record.state
        var again = RunRecord(state)
        #expect(again == record)
        // And goes on in the same way.
        Runs.add(updates: 1000, epoch: 4, to: &record)
        Runs.add(updates: 1000, epoch: 4, to: &again)
        #expect(again == record)
        #expect(again.batchLoss.count == updates / 3 * 3 + 1000)
    }

    @Test func `a million updates stay within some hundred KiB`() {
        let record = Runs.record(epochs: 2, updates: 1_000_000)
        let numbers = record.state.arrays.values.reduce(0) { $0 + $1.count }
        #expect(numbers * 4 < 200 << 10)
        #expect(record.batchLoss.count == 1_000_000)
    }

    @Test func `a state of another form is left out`() {
        var state = Runs.record(epochs: 2, updates: 90).state
        state.arrays["batch_loss"] = [1, 2, 3]
        state.arrays["memory"] = [1]
        state.arrays["peaks"] = []
        state.numbers["learning_rate_width"] = 3
        let record = RunRecord(state)
        #expect(record.batchLoss.count == 0)
        #expect(record.learningRate.count == 0)
        #expect(record.memory.moments.isEmpty)
        #expect(record.updates == 90)
    }

    @Test func `notes keep the beginning and the end`() {
        var notes = NoteList()
        for number in 0..<1000 { notes.add("note \(number)") }
        notes.add(String(repeating: "x", count: 10_000))
        #expect(notes.first.first == "note 0")
        #expect(notes.first.count + notes.last.count + notes.omitted == 1001)
        #expect(notes.first.count + notes.last.count <= 200)
        #expect(notes.last.last!.count <= 600)
    }

    @Test func `speed is what was done between two moments`() {
        var record = RunRecord()
        record.seconds = 3
        record.add(
            from: .init(samples: 100, seconds: 1, waited: 0.5), to: .init(samples: 300, seconds: 2, waited: 0.75))
        #expect(record.throughput.last == 200)
        #expect(record.waitShare.last == 0.25)
        #expect(record.throughput.origin == 30)
        // No time has passed: nothing can be said.
        record.add(from: .init(samples: 300, seconds: 2), to: .init(samples: 310, seconds: 2))
        #expect(record.throughput.count == 1)
    }

    @Test func `an epoch without validation has no figure of it`() {
        var record = RunRecord()
        for epoch in 1...4 {
            record.add(Runs.epoch(epoch, loss: 1 / Double(epoch), validation: epoch % 2 == 0 ? 5 : nil))
        }
        #expect(record.figures.rows == [1..<2, 2..<3, 3..<4, 4..<5])
        #expect(record.figures.rows.map { record.figures.value("val_loss", in: $0) } == [nil, 5, nil, 5])
        #expect(record.figures.rows.map { record.figures.value("loss", in: $0) } == [1, 0.5, 1 / 3.0, 0.25])
    }
}

/// Records of runs that never were.
enum Runs {
    static func batch(_ step: Int, epoch: Int, loss: Double) -> BatchReport {
        BatchReport(
            epoch: epoch, epochs: 9, step: step, stepsPerEpoch: 0, logs: Logs(loss: loss / 2), batchLoss: loss,
            learningRate: 0.125, rows: 32, seconds: Double(step), waitSeconds: 0, samples: 32 * step)
    }

    static func epoch(_ number: Int, loss: Double, validation: Double? = nil, metrics: Int = 0) -> EpochReport {
        let figures = (0..<metrics).map { ("metric_\($0)", loss + Double($0)) }
        return EpochReport(
            epoch: number, epochs: 9, steps: 45, logs: Logs(loss: loss, metrics: figures),
            validation: validation.map { Logs(loss: $0, metrics: figures) }, samples: 1440, seconds: 2,
            data: StreamStatistics(), peakResidentBytes: 1 << 20)
    }

    static func add(updates: Int, epoch: Int, to record: inout RunRecord) {
        for step in 0..<updates {
            record.add(batch(step + 1, epoch: epoch, loss: Double((step &* 40_503) & 0xFFF) / 64))
            record.seconds += 0.0625
            if step % 16 == 0 {
                record.memory.add(
                    .init(resident: Float(step), accounts: [Float](repeating: 1, count: 7)), at: record.tick)
            }
        }
        record.add(Runs.epoch(epoch, loss: 0.5, validation: 0.25))
    }

    /// - Parameter updates: of all epochs.
    static func record(epochs: Int, updates: Int) -> RunRecord {
        var record = RunRecord()
        for epoch in 1...epochs { add(updates: updates / epochs, epoch: epoch, to: &record) }
        return record
    }
}
