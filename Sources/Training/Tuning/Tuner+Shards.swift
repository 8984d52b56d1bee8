import Codecs
import DataSource
import Memory

extension Tuner {
    /// Decoded bytes that are packed for the comparison, from each of two places of the data.
    private static let sampleBytes = 512 << 10
    /// The sizes and the level that `shard convert` takes.
    private static let blockBytes = 64 << 10
    private static let level = 3

    /// Packs some rows as shards would hold them, and times how long unpacking takes; nil for padded columns.
    ///
    /// Frames of 64 KiB of rows, one a column, with checksums; elements of several bytes are byte-shuffled where that
    /// makes them smaller.
    func measureShards(seconds: Double) throws -> ShardRate? {
        guard source.columns.allSatisfy({ $0.padding == nil }) else { return nil }
        let rowBytes = max(1, source.columns.reduce(0) { $0 + $1.rowBytes })
        let sampled = max(1, Self.sampleBytes / rowBytes)
        let blockRows = max(1, Self.blockBytes / rowBytes)
        let reader = source.makeReader()
        var scratch = AlignedBuffer(byteCount: 64)
        var frames = ShardFrames(level: Self.level)
        var rows = 0
        for block in Set([0, source.blocks.count / 2]) {
            let range = source.blocks[block]
            let part = range.lowerBound..<min(range.upperBound, range.lowerBound + sampled)
            do throws(DataError) {
                try source.read(rows: part, with: reader, scratch: &scratch) { column, bytes in
                    let size = source.columns[column].rowBytes * blockRows
                    frames.add(bytes, pieceBytes: size, elementSize: source.columns[column].type.byteCount)
                }
            } catch {
                // A bad block is the business of the run, with its own policy.
                continue
            }
            rows += part.count
        }
        guard rows > 0, let seconds = try frames.secondsOfDecoding(within: seconds) else { return nil }
        return ShardRate(
            rows: rows, decodeSecondsPerRow: seconds / Double(rows),
            storedBytesPerRow: Double(frames.storedBytes) / Double(rows))
    }
}

/// Frames of zstd that are made to be timed.
private struct ShardFrames: ~Copyable {
    private struct Frame {
        var bytes: [UInt8]
        var contentBytes: Int
        /// Bytes of an element where elements are shuffled; 1 where not.
        var elementSize: Int
    }

    private var encoder: ZstdEncoder
    private var frames: [Frame] = []
    private(set) var storedBytes = 0

    init(level: Int) { encoder = ZstdEncoder(level: level) }

    /// Packs a column's bytes in pieces.
    mutating func add(_ bytes: UnsafeRawBufferPointer, pieceBytes: Int, elementSize: Int) {
        guard pieceBytes > 0 else { return }
        for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
            let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<min(bytes.count, start + pieceBytes)])
            var best = Frame(bytes: compressed(piece), contentBytes: piece.count, elementSize: 1)
            if elementSize > 1 {
                let shuffled = AlignedBuffer(byteCount: piece.count)
                ByteShuffle.shuffle(piece, into: shuffled.bytes, elementSize: elementSize)
                let other = compressed(UnsafeRawBufferPointer(shuffled.bytes))
                if other.count < best.bytes.count { (best.bytes, best.elementSize) = (other, elementSize) }
            }
            storedBytes += best.bytes.count
            frames.append(best)
        }
    }

    private mutating func compressed(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        let room = AlignedBuffer(byteCount: ZstdEncoder.bound(bytes.count))
        let count = encoder.compress(bytes, into: room.bytes)
        return Array(room.bytes[..<count])
    }

    /// The least time of decoding all frames, over as many passes as the time allows, at least one; nil of no frames.
    func secondsOfDecoding(within seconds: Double) throws -> Double? {
        guard let largest = frames.map(\.contentBytes).max() else { return nil }
        let content = AlignedBuffer(byteCount: largest)
        let items = AlignedBuffer(byteCount: largest)
        var decoder = ZstdDecoder()
        let began = ContinuousClock.now
        var least = Double.infinity
        repeat {
            let start = ContinuousClock.now
            for frame in frames {
                let count = try frame.bytes.withUnsafeBytes { try decoder.decompress($0, into: content.bytes) }
                guard frame.elementSize > 1 else { continue }
                ByteShuffle.unshuffle(
                    UnsafeRawBufferPointer(rebasing: content.bytes[..<count]),
                    into: UnsafeMutableRawBufferPointer(rebasing: items.bytes[..<count]),
                    elementSize: frame.elementSize)
            }
            least = min(least, start.secondsToNow)
        } while began.secondsToNow < seconds
        return least
    }
}
