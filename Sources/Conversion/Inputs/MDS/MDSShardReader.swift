internal import Codecs
internal import DataSource

/// The samples of one shard: where they lie, and their bytes in order.
///
/// A shard is a number of samples, their offsets and the end (32 bits each), the columns as JSON, and the samples.
final class MDSShardReader {
    let shard: MDSIndex.Shard
    /// Where sample i begins and the one before ends, in the decompressed shard.
    let offsets: [Int]
    private let stream: SequentialBytes

    /// Verifies the hashes of the file and reads the table.
    init(_ shard: MDSIndex.Shard, verifies: Bool) throws(DataError) {
        self.shard = shard
        if verifies { try Self.verify(shard) }
        stream = try SequentialBytes(shard.file, decoder: shard.isCompressed ? ZstdStream() : nil)
        let table = ByteFields(try stream.next(8 + 4 * shard.sampleCount))
        guard table.count == 8 + 4 * shard.sampleCount else {
            throw shard.file.error(
                "truncated: expected the offsets of \(shard.sampleCount) samples, found \(table.count) bytes")
        }
        guard Int(table.uint32(0)) == shard.sampleCount else {
            throw shard.file.error("expected \(shard.sampleCount) samples, as its index says, found \(table.uint32(0))")
        }
        offsets = (0...shard.sampleCount).map { Int(table.uint32(4 + 4 * $0)) }
        guard offsets[0] >= table.count, zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 }),
            offsets[shard.sampleCount] <= shard.rawBytes
        else {
            throw shard.file.error(
                "damaged: the offsets of its samples do not ascend inside its \(shard.rawBytes) bytes")
        }
    }

    private static func verify(_ shard: MDSIndex.Shard) throws(DataError) {
        guard !shard.hashes.isEmpty else { return }
        let hashes = shard.hashes.map { StreamHash($0.function) }
        let bytes = try SequentialBytes(shard.file, decoder: nil)
        while case let step = try bytes.next(1 << 18), !step.isEmpty {
            step.withUnsafeBytes { step in for hash in hashes { hash.add(step) } }
        }
        for (expected, hash) in zip(shard.hashes, hashes) {
            let found = hash.digits()
            guard found == expected.digits.lowercased() else {
                throw shard.file.error(
                    "damaged: its \(expected.function.rawValue) is \(found), expected \(expected.digits); copy it again"
                )
            }
        }
    }

    /// The bytes of some samples; of a compressed shard, each range begins where the one before ended or later.
    func read(_ samples: Range<Int>) throws(DataError) -> [UInt8] {
        let (first, end) = (offsets[samples.lowerBound], offsets[samples.upperBound])
        let gap = first - stream.offset
        guard gap >= 0, try stream.skip(gap) == gap else {
            throw shard.file.error("truncated: it ends in front of sample \(samples.lowerBound)")
        }
        let bytes = try stream.next(end - first)
        guard bytes.count == end - first else {
            throw shard.file.error(
                "truncated: expected samples \(samples.lowerBound)...\(samples.upperBound - 1) in \(end - first) bytes,"
                    + " found \(bytes.count)")
        }
        return bytes
    }

    /// Reads what is left, so that the decoder verifies its end.
    func finish() throws(DataError) {
        guard shard.isCompressed else { return }
        while try stream.skip(1 << 20) == 1 << 20 {}
    }
}
