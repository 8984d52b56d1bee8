package import Memory
package import Shards

/// What a conversion is asked to do with the rows of its input.
package struct ConversionOptions: Sendable {
    /// What happens to a row that cannot be read.
    package enum BadRowPolicy: String, Sendable, CaseIterable {
        /// The conversion ends; what is finished stays, to be resumed.
        case fail
        /// The row is left out, counted, and named in `rejected.txt` with file, place and reason.
        case skip
    }

    /// The level of zstd.
    package var level = 3

    /// Decoded bytes of a block, about; at least one row.
    package var blockBytes = 64 << 10

    /// Decoded bytes of a shard, about; at least one block.
    package var shardBytes = 64 << 20

    /// The most bytes that the process may hold at its peak.
    package var memory = ByteCount.mebibytes(512)

    /// Threads that read, decode and compress.
    package var workers = 1

    /// The seed of a uniform permutation of all rows; nil for the order of the input.
    package var shuffleSeed: UInt64?

    /// Passes over the input, each augmented anew.
    package var passes = 1

    /// What is done to each row, and how it is recorded; nil for nothing.
    package var augmentation: RowAugmentation?

    /// What the rows come from, in words: for messages, and kept in the record of an unfinished conversion.
    package var source = ""

    package var onBadRow = BadRowPolicy.fail

    /// Go on with an unfinished conversion.
    package var resumes = false

    /// Replace a dataset that is there, or an unfinished conversion.
    package var overwrites = false

    /// The defaults.
    package init() {}

    /// The levels that there are.
    package static var levels: ClosedRange<Int> { BlockEncoder.levels }

    /// The largest block or shard that can be asked for.
    package static let largestBytes = 1 << 40

    /// What decides the bytes of the output, as text: an unfinished conversion goes on only with the same.
    var summary: String { "\(plainSummary) augment=\(augmentation?.summary ?? "none")" }

    /// The same without the augmentation, which is known only once the input's columns are.
    var plainSummary: String {
        [
            "level=\(level)", "block=\(blockBytes)", "shard=\(shardBytes)",
            "shuffle=\(shuffleSeed.map { "\($0)" } ?? "none")", "passes=\(passes)",
        ].joined(separator: " ")
    }
}

/// What changes rows on their way: a function of a row, its number and the pass.
package struct RowAugmentation: Sendable {
    /// What was asked for, in the order of its application, and the seed: kept in the manifest.
    package var specification: [String]
    package var seed: UInt64

    /// The columns of changed rows; those of the input unless a crop changes a shape.
    package var columns: [ShardColumn]

    /// Appends changed copies of rows to another chunk. The first of them is row `firstRow` of pass `pass`, both counted
    /// from 0. Any thread.
    package typealias Body =
        @Sendable (
            _ rows: Range<Int>, _ chunk: RowChunk, _ pass: Int, _ firstRow: Int, _ target: RowChunk
        ) -> Void
    package var body: Body

    /// Describes an augmentation.
    package init(specification: [String], seed: UInt64, columns: [ShardColumn], body: @escaping Body) {
        self.specification = specification
        self.seed = seed
        self.columns = columns
        self.body = body
    }

    var summary: String { "\(specification.joined(separator: ",")) seed=\(seed)" }
}
