import Millrace
import Synchronization

/// Another source, whose readers count the bytes that they decode and the processor time that this takes: decoding
/// alone, inside the stream that it serves.
final class TimedSource: Source {
    private let base: any Source
    private let meter = Mutex(Decoding())

    /// What all readers have done so far.
    struct Decoding {
        /// Decoded bytes of all columns.
        var bytes = 0

        /// Processor time of the threads that read, decompress and put in place; waiting for a core does not count.
        var seconds = 0.0
    }

    init(_ base: some Source) { self.base = base }

    var inputs: [ColumnInfo] { base.inputs }
    var targets: [ColumnInfo] { base.targets }
    var sampleWeight: ColumnInfo? { base.sampleWeight }
    var blocks: BlockTable { base.blocks }
    var fingerprint: String? { get throws(DataError) { try base.fingerprint } }
    var readerBytes: Int { base.readerBytes }
    var sharedBytes: Int { base.sharedBytes }

    var isSequential: Bool { base.isSequential }
    var readsSingleRows: Bool { base.readsSingleRows }

    func makeReader() -> any BlockReader { Reader(base.makeReader(), self) }

    /// What all readers have done so far.
    var decoding: Decoding { meter.withLock { $0 } }

    /// Decoded bytes of a row, all columns together.
    var rowBytes: Int { columns.reduce(0) { $0 + $1.rowBytes } }

    private final class Reader: BlockReader {
        private let base: any BlockReader
        private let source: TimedSource
        private let rowBytes: Int

        init(_ base: any BlockReader, _ source: TimedSource) {
            self.base = base
            self.source = source
            rowBytes = source.rowBytes
        }

        var storedBytesRead: Int { base.storedBytesRead }
        var readSeconds: Double { base.readSeconds }
        var readRetries: Int { base.readRetries }
        func prefetch(rows: Range<Int>) { base.prefetch(rows: rows) }

        func read(rows: Range<Int>, into destination: BlockDestination) throws(DataError) {
            let start = ProcessorTime.thread
            try base.read(rows: rows, into: destination)
            let seconds = ProcessorTime.thread - start
            source.meter.withLock {
                $0.bytes += rows.count * rowBytes
                $0.seconds += seconds
            }
        }
    }
}
