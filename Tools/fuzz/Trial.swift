import Glibc
import HDF5Store
import Memory

/// Opens and reads one input as training does, and says how it went.
struct Trial {
    /// What became of an input.
    enum Outcome: Equatable {
        /// The file did not open.
        case refused(String)
        /// The file opened; a dataset gave an error.
        case failed(String)
        /// Everything was read, except for datasets that a memory cap would refuse.
        case partly
        /// Everything was read.
        case whole

        /// One letter, from a worker to its supervisor.
        var code: UInt8 {
            switch self {
            case .refused: UInt8(ascii: "r")
            case .failed: UInt8(ascii: "f")
            case .partly: UInt8(ascii: "p")
            case .whole: UInt8(ascii: "w")
            }
        }

        var text: String {
            switch self {
            case .refused(let error): "refused: \(error)"
            case .failed(let error): "opened; \(error)"
            case .partly: "opened; read, but for datasets that are too large"
            case .whole: "opened; read whole"
            }
        }
    }

    /// Datasets that need more memory than this for a reader, a block or all rows are left out: a planner refuses them.
    private static let byteLimit = 32 << 20

    private let path: String

    /// Writes inputs into the folder `scratch`.
    init(scratch: String) { path = "\(scratch)/millrace-fuzz-\(getpid()).h5" }

    /// Reads `input` in every way there is.
    func run(_ input: [UInt8]) throws -> Outcome {
        // The library takes files of one inode for one file: each input is a file of its own.
        unlink(path)
        try InputFile.write(input, to: path)
        defer { unlink(path) }
        let file: HDF5File
        do throws(HDF5Error) { file = try HDF5File(path: path) } catch { return .refused(error.description) }
        var failure: HDF5Error?
        var isPartial = false
        do throws(HDF5Error) {
            for listing in try file.datasets(triesFirst: true) {
                do throws(HDF5Error) {
                    if try !read(listing.name, of: file) { isPartial = true }
                } catch {
                    failure = error
                }
            }
        } catch {
            failure = error
        }
        if let failure { return .failed(failure.description) }
        return isPartial ? .partly : .whole
    }

    // Returns false for a dataset that is too large to be read.
    private func read(_ name: String, of file: HDF5File) throws(HDF5Error) -> Bool {
        let dataset = try file.dataset(name, triesFirst: true)
        guard dataset.type.scalar != nil else { return true }
        // Blocks of whole chunks, and of many where they are small; the cache is for blocks that cut chunks.
        let chunkRows = dataset.chunkRows ?? 16
        let step = (max(chunkRows, 512) + chunkRows - 1) / chunkRows * chunkRows
        guard HDF5RowReader.scratchBytes(of: dataset) <= Self.byteLimit, dataset.rowBytes <= Self.byteLimit,
            dataset.rowCount <= Self.byteLimit / 4 / max(1, dataset.rowBytes), dataset.chunkCount <= 1 << 20
        else { return false }
        _ = try dataset.identity()
        guard dataset.rowCount > 0 else { return true }
        try read(dataset, step: min(step, dataset.rowCount), cache: nil)
        let cache = DecodedChunkCache(byteLimit: 2 * dataset.chunkBytes)
        try read(dataset, step: min(max(chunkRows / 2, 301), dataset.rowCount), cache: cache)
        return true
    }

    private func read(_ dataset: HDF5Dataset, step: Int, cache: DecodedChunkCache?) throws(HDF5Error) {
        var reader = HDF5RowReader(dataset, cache: cache)
        let buffer = AlignedBuffer(byteCount: step * dataset.rowBytes)
        for first in stride(from: 0, to: dataset.rowCount, by: step) {
            let rows = first..<min(first + step, dataset.rowCount)
            reader.advise(rows: rows)
            try reader.read(
                rows: rows,
                into: UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<(rows.count * dataset.rowBytes)]))
        }
    }
}
