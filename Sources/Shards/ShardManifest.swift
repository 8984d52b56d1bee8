internal import Codecs

/// What `manifest.json` says of a dataset: its schema, its shards, what its values are like and how it was made.
package struct ShardManifest: Sendable, Equatable {
    /// How the rows were shuffled when the shards were made.
    package struct Shuffle: Sendable, Hashable {
        /// `none`, or a name of the policy such as `permutation`.
        package var policy: String
        package var seed: UInt64?

        /// The measured quality as classes show it: chi-squared per degree of freedom of a column's classes in batches of
        /// 256 rows, 1 for a uniform permutation.
        package var chi2PerDegree: Double?

        /// Why classes give no measure, in words; nil where they do.
        package var unmeasured: String?

        /// The measured quality as the rows' places in the input show it, whatever the columns are; nil of fewer than four
        /// rows, and in manifests of earlier versions of the program.
        package var order: Order?

        /// How evenly equal ranges of the input's rows are spread over batches of consecutive rows.
        package struct Order: Sendable, Hashable {
            /// Chi-squared per degree of freedom of the ranges' counts in batches: 1 for a uniform permutation. For rows in
            /// the order of the input it is about `batchRows`, or the rows of a range if they are fewer.
            package var chi2PerDegree: Double

            /// Ranges into which the rows of the input, of all passes, were cut.
            package var ranges: Int

            /// Rows of a batch.
            package var batchRows: Int

            /// A measured order.
            package init(chi2PerDegree: Double, ranges: Int, batchRows: Int) {
                self.chi2PerDegree = chi2PerDegree
                self.ranges = ranges
                self.batchRows = batchRows
            }
        }

        /// A record of a shuffle.
        package init(
            policy: String, seed: UInt64? = nil, chi2PerDegree: Double? = nil, unmeasured: String? = nil,
            order: Order? = nil
        ) {
            self.policy = policy
            self.seed = seed
            self.chi2PerDegree = chi2PerDegree
            self.unmeasured = unmeasured
            self.order = order
        }

        /// The order of the source.
        package static let none = Shuffle(policy: "none")
    }

    /// How the rows were augmented when the shards were made.
    package struct Augmentation: Sendable, Hashable {
        /// What was asked for, in the order of its application.
        package var specification: [String]

        /// Passes over the source.
        package var passes: Int
        package var seed: UInt64

        /// A record of augmented passes.
        package init(specification: [String], passes: Int, seed: UInt64) {
            self.specification = specification
            self.passes = passes
            self.seed = seed
        }
    }

    /// The names of the classes of a column, by their numbers.
    package struct ClassNames: Sendable, Hashable {
        package var column: String
        package var names: [String]

        /// The names of a column's classes 0, 1, ….
        package init(column: String, names: [String]) {
            self.column = column
            self.names = names
        }
    }

    package var schema: ShardSchema
    package var shards: [ShardEntry]

    /// One a column.
    package var statistics: [ShardColumnStatistics]

    package var classNames: ClassNames?
    package var shuffle: Shuffle
    package var augmentation: Augmentation?

    /// Where the rows came from, in words.
    package var source: String

    /// A hash of the conversion that made it, by which that one knows its own result again; nil where none did.
    package var conversion: String?

    /// A manifest of finished shards.
    package init(
        schema: ShardSchema, shards: [ShardEntry], statistics: [ShardColumnStatistics], classNames: ClassNames? = nil,
        shuffle: Shuffle = .none, augmentation: Augmentation? = nil, source: String = "",
        conversion: String? = nil
    ) {
        precondition(
            statistics.count == schema.columns.count,
            "ShardManifest: statistics of \(statistics.count) of \(schema.columns.count) columns")
        self.schema = schema
        self.shards = shards
        self.statistics = statistics
        self.classNames = classNames
        self.shuffle = shuffle
        self.augmentation = augmentation
        self.source = source
        self.conversion = conversion
    }

    /// Rows of all shards.
    package var rowCount: Int { shards.reduce(0) { $0 + $1.rowCount } }

    /// Bytes of all shards' files.
    package var byteCount: Int { shards.reduce(0) { $0 + $1.byteCount } }

    /// A hash of the columns, the rows of a block and what is in the shards, in their order: what checkpoints refer to.
    ///
    /// XXH64 of this text: the rows of a block and a line feed; for each column a line of its name, type, extents
    /// separated by commas, `ragged` or `fixed`, `shuffled` or `plain`, and its encoding, if any, separated by tabs;
    /// for each shard a line of its rows, a space, and its hash in hexadecimal.
    package var identity: UInt64 {
        var hash = XXHash64()
        hash.update(Array("\(schema.blockRows)\n".utf8))
        for (column, isShuffled) in zip(schema.columns, schema.isShuffled) {
            let fields = [
                column.name, column.isBytes ? "bytes" : column.type.rawValue,
                column.rowShape.dimensions.map(String.init).joined(separator: ","),
                column.isRagged ? "ragged" : "fixed", isShuffled ? "shuffled" : "plain",
                column.encoding?.rawValue ?? "",
            ]
            hash.update(Array((fields.joined(separator: "\t") + "\n").utf8))
        }
        for shard in shards { hash.update(Array("\(shard.rowCount) \(shard.hash.hexadecimal)\n".utf8)) }
        return hash.value
    }
}
