import HDF5Store

/// A file on its way to damage.
struct Mutation {
    private(set) var bytes: [UInt8]
    private let file: Corpus.File
    private let donor: Corpus.File

    /// Begins with a whole file; splices come from `donor`.
    init(file: Corpus.File, donor: Corpus.File) {
        bytes = file.bytes
        self.file = file
        self.donor = donor
    }

    /// Damages one place.
    mutating func apply(_ random: inout RandomNumbers) {
        guard !bytes.isEmpty else { return }
        let position = position(&random)
        switch random.below(16) {
        case 0...3: bytes[position] ^= 1 << UInt8(random.below(8))
        case 4...6: bytes[position] = UInt8(random.below(256))
        case 7...10: setNumber(at: position, &random)
        case 11: splice(at: position, &random)
        case 12: zero(at: position, &random)
        case 13: stepNumber(at: position, &random)
        case 14: bytes[position] = random.element([0, 1, 2, 3, 4, 5, 127, 128, 254, 255])
        default:
            if random.oneIn(4) {
                bytes.removeLast(bytes.count - random.below(bytes.count))
            } else {
                setNumber(at: position, &random)
            }
        }
    }

    /// Writes the right checksum behind every block that had one.
    mutating func mendChecksums() {
        for block in file.checksummed where block.upperBound + 4 <= bytes.count {
            guard !bytes[block].elementsEqual(file.bytes[block]) else { continue }
            let checksum = Lookup3.checksum(bytes[block])
            for index in 0..<4 {
                bytes[block.upperBound + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * index))
            }
        }
    }

    // Half of all places are in metadata, a quarter in stored data, a quarter anywhere.
    private func position(_ random: inout RandomNumbers) -> Int {
        let ranges: [Range<Int>]
        switch random.below(4) {
        case 0, 1: ranges = file.metadata
        case 2: ranges = file.data
        default: ranges = []
        }
        guard !ranges.isEmpty else { return random.below(bytes.count) }
        let range = random.element(ranges)
        return min(range.lowerBound + random.below(range.count), bytes.count - 1)
    }

    private mutating func setNumber(at position: Int, _ random: inout RandomNumbers) {
        let values: [UInt64] = [
            0, 1, 2, 7, 8, 255, 256, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
            0x1_0000_0000, 0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000, .max, .max - 1, UInt64(bytes.count),
            UInt64(bytes.count) - 1, UInt64(bytes.count) + 1, UInt64(random.below(bytes.count)), random.next(),
        ]
        put(random.element(values), size: random.element([2, 4, 8]), at: position)
    }

    private mutating func stepNumber(at position: Int, _ random: inout RandomNumbers) {
        let size = random.element([2, 4, 8])
        var value: UInt64 = 0
        for index in 0..<min(size, bytes.count - position) {
            value |= UInt64(bytes[position + index]) << UInt64(8 * index)
        }
        put(value &+ UInt64(bitPattern: Int64(random.below(17) - 8)), size: size, at: position)
    }

    private mutating func put(_ value: UInt64, size: Int, at position: Int) {
        for index in 0..<min(size, bytes.count - position) {
            bytes[position + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
        }
    }

    private mutating func splice(at position: Int, _ random: inout RandomNumbers) {
        let source = random.oneIn(2) ? bytes : donor.bytes
        let start = random.below(source.count)
        let count = min(1 + random.below(256), source.count - start, bytes.count - position)
        bytes.replaceSubrange(position..<(position + count), with: source[start..<(start + count)])
    }

    private mutating func zero(at position: Int, _ random: inout RandomNumbers) {
        for index in position..<min(position + 1 + random.below(512), bytes.count) { bytes[index] = 0 }
    }
}
