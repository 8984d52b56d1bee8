internal import Glibc
internal import HDF5Store
package import Shards
internal import Workers

/// Writes a dataset of shards, or some of its columns and rows, as one HDF5 file: in parallel, in order, in bounded
/// memory.
///
/// A column of fixed shape is a dataset in chunks of whole rows, byte-shuffled and compressed with gzip, in the stored
/// type (`HDF5Store` says how each type is written). A ragged column is a dataset of variable length: text as HDF5's
/// text, other bytes as lists of `uint8`, numbers as lists of their type; the format stores lists uncompressed.
///
/// The file is the same bytes for the same dataset and options, for any number of workers and any memory, and appears
/// whole or not at all.
package final class ShardExporter {
    /// What was written.
    package struct Summary: Sendable {
        package var rowCount: Int
        package var columns: [ShardColumn]
    }

    private let dataset: ShardDataset
    private let path: String
    private let options: ExportOptions
    private let isStopped: () -> Bool
    private let progress: (ConversionProgress) -> Void

    /// - Parameters:
    ///   - isStopped: polled between two steps; true ends the export, and nothing is left of it.
    ///   - progress: called from the calling thread, some times a second.
    package init(
        _ dataset: ShardDataset, to path: String, options: ExportOptions, isStopped: @escaping () -> Bool = { false },
        progress: @escaping (ConversionProgress) -> Void = { _ in }
    ) {
        self.dataset = dataset
        self.path = path
        self.options = options
        self.isStopped = isStopped
        self.progress = progress
    }

    /// Exports.
    ///
    /// - Throws: `ConversionError`; `ShardError` when the dataset is damaged, or a text cannot be one of HDF5;
    ///   `HDF5Error` when the file cannot be written.
    package func run() throws -> Summary {
        let rows = options.rows ?? 0..<dataset.rowCount
        guard rows.lowerBound >= 0, rows.upperBound <= dataset.rowCount else {
            throw ConversionError(.usage, "expected rows of 0..<\(dataset.rowCount), found \(rows)")
        }
        let columns = try ExportColumn.chosen(options, of: dataset, rowCount: rows.count)
        let plan = try ExportMemory(options, dataset, columns)
        var information = stat()
        guard options.overwrites || stat(path, &information) != 0 else {
            throw ConversionError(.exists, "\(path) exists; replace it with --force, or choose another place")
        }
        let file = try ExportFile(path, dataset, columns, rows: rows, level: options.level)
        let pool = WorkPool(threads: options.workers, name: "millrace-exp")
        defer { pool.finish() }
        try write(file, columns, rows, plan, pool)
        try file.commit()
        return Summary(rowCount: rows.count, columns: columns.map(\.info))
    }

    private func write(
        _ file: ExportFile, _ columns: [ExportColumn], _ rows: Range<Int>, _ plan: ExportMemory, _ pool: WorkPool
    ) throws {
        var queue = try ExportQueue(dataset, columns, rows: rows, level: options.level, plan: plan, pool: pool)
        var state = ConversionProgress(
            stage: .writing, rows: 0, allRows: rows.count, inputBytes: 0, allInputBytes: nil, rejectedRows: 0)
        var columnRows = 0
        while !queue.isEmpty {
            if isStopped() { throw ConversionError(.stopped, "stopped; nothing was written to \(path)") }
            let known = pool.completions
            let hasStarted = try queue.start()
            guard let (piece, found) = queue.takeReady() else {
                if !hasStarted { pool.wait(after: known) }
                continue
            }
            if let failure = found.failure { throw failure }
            try file.write(piece, found)
            columnRows += piece.rows.count
            state.rows = columnRows / columns.count
            state.inputBytes += found.inputBytes
            progress(state)
            queue.recycle(piece, found)
        }
    }
}
