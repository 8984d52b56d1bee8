import JSONText

/// A place in a stream, from which another stream goes on with the same bytes. Some 300 bytes of JSON.
///
/// Holds what decides the order and how far the consumer has come; nothing of the data itself. It does not matter how many
/// workers or which queue the two streams have.
public struct StreamState: Sendable, Hashable {
    /// Which data: a hash of columns, blocks and contents.
    public let dataIdentity: String

    /// Samples of an epoch.
    public let rowCount: Int
    public let seed: UInt64
    public let shuffle: ShufflePolicy

    /// The blocks from which samples are drawn at once, which stands for the window's bytes.
    public let liveBlocks: Int
    public let batchSize: Int

    /// The epoch, counted from 0, and the position in it of the next sample.
    public let epoch: Int
    public let sample: Int

    /// What is done to the inputs at random; nil for nothing.
    public let augmentation: String?

    private static let version = 1

    init(_ plan: StreamPlan, identity: String, augmentation: String?, options: BatchOptions, epoch: Int, sample: Int) {
        let isEnd = sample == plan.rules.blocks.rowCount
        dataIdentity = identity
        self.augmentation = augmentation
        rowCount = plan.rules.blocks.rowCount
        seed = options.seed
        shuffle = options.shuffle
        liveBlocks = plan.rules.liveBlocks
        batchSize = options.batchSize
        self.epoch = isEnd ? epoch + 1 : epoch
        self.sample = isEnd ? 0 : sample
    }

    /// The state as one JSON object.
    public var json: String {
        JSONValue.object([
            "version": .integer(Self.version), "data": .string(dataIdentity), "rows": .integer(rowCount),
            // As text: JSON numbers do not hold all of 64 bits everywhere.
            "seed": .string(String(seed)), "shuffle": .string(shuffle.rawValue), "live_blocks": .integer(liveBlocks),
            "batch_size": .integer(batchSize), "augmentation": augmentation.map { .string($0) } ?? .null,
            "epoch": .integer(epoch), "sample": .integer(sample),
        ]).text()
    }

    /// Reads what `json` wrote. Throws when it is something else.
    public init(json: String) throws(DataError) {
        guard let value = try? JSONValue(parsing: Array(json.utf8)) else {
            throw DataError("expected the JSON of a stream's state, found text that is no JSON")
        }
        func whole(_ key: String, from least: Int) throws(DataError) -> Int {
            guard let number = value[key]?.integerValue, number >= least else {
                throw DataError("a stream's state needs a whole number \"\(key)\" of at least \(least)")
            }
            return number
        }
        let found = try whole("version", from: 0)
        guard found == Self.version else {
            throw DataError("expected a stream's state of version \(Self.version), found version \(found)")
        }
        guard let data = value["data"]?.stringValue, let seed = value["seed"]?.stringValue.flatMap({ UInt64($0) }),
            let shuffle = value["shuffle"]?.stringValue.flatMap({ ShufflePolicy(rawValue: $0) })
        else { throw DataError("a stream's state needs \"data\", \"seed\" and \"shuffle\"") }
        dataIdentity = data
        self.seed = seed
        self.shuffle = shuffle
        augmentation = value["augmentation"]?.stringValue
        rowCount = try whole("rows", from: 1)
        liveBlocks = try whole("live_blocks", from: 1)
        batchSize = try whole("batch_size", from: 1)
        epoch = try whole("epoch", from: 0)
        sample = try whole("sample", from: 0)
        guard sample < rowCount else {
            throw DataError("a stream's state is at sample \(sample) of \(rowCount)")
        }
    }

    /// Refuses other data and other settings than those of this state.
    func check(
        _ plan: StreamPlan, identity: String, augmentation: String?, options: BatchOptions
    ) throws(DataError) {
        guard rowCount == plan.rules.blocks.rowCount, dataIdentity == identity else {
            throw DataError(
                "the state belongs to other data: expected \(rowCount) samples with identity \(dataIdentity), found "
                    + "\(plan.rules.blocks.rowCount) with identity \(identity); resume with the data of the first run")
        }
        let differences = [
            ("seed", "\(seed)", "\(options.seed)"), ("shuffle", "\(shuffle)", "\(options.shuffle)"),
            ("blocks in the window", "\(liveBlocks)", "\(plan.rules.liveBlocks)"),
            ("batch size", "\(batchSize)", "\(options.batchSize)"),
            ("augmentation", self.augmentation ?? "none", augmentation ?? "none"),
        ].filter { $0.1 != $0.2 }
        guard differences.isEmpty else {
            let text = differences.map { "\($0.0): expected \($0.1), found \($0.2)" }.joined(separator: "; ")
            throw DataError("the state belongs to other settings (\(text)); resume with the same settings")
        }
        guard options.epochs.contains(epoch) else {
            throw DataError(
                "the state is in epoch \(epoch), the stream has epochs \(options.epochs): nothing is left to resume")
        }
    }
}
