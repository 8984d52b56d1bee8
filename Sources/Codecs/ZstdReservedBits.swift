/// The bits of a zstd frame's blocks that say nothing.
///
/// The library decodes a frame whose reserved bits are set as if they were not, so that damage there shows in a hash of
/// the whole file alone. Looking at them takes some nanoseconds a block.
enum ZstdReservedBits {
    /// Whether a frame that decodes, whose blocks begin at `start`, has set the two low bits of the byte in which a
    /// compressed block names the modes of its sequences (RFC 8878, 3.1.1.3.2.1).
    ///
    /// False, too, for a frame that ends where a field should be: the decoder names that.
    static func areSet(in frame: UnsafeRawBufferPointer, blocksAt start: Int) -> Bool {
        var place = start
        while place + 3 <= frame.count {
            let header = unsafe integer(frame, place, 3)
            let size = header >> 3
            place += 3
            switch header >> 1 & 3 {
            case 1: place += 1
            case 2:
                guard place + size <= frame.count else { return false }
                let block = unsafe UnsafeRawBufferPointer(rebasing: frame[place..<place + size])
                if let modes = unsafe sequenceModes(of: block), modes & 3 != 0 { return true }
                place += size
            default: place += size
            }
            if header & 1 != 0 { break }
        }
        return false
    }

    // The byte of the modes, behind the literals and the number of sequences; nil where there are no sequences.
    private static func sequenceModes(of block: UnsafeRawBufferPointer) -> UInt8? {
        guard let first = unsafe block.first else { return nil }
        let isCompressed = first & 2 != 0
        let format = Int(first >> 2 & 3)
        var literals: Int
        if isCompressed {
            // Two sizes of 10, 14 or 18 bits, of the literals and of what is stored of them.
            let (headerBytes, bits) = [(3, 10), (3, 10), (4, 14), (5, 18)][format]
            guard headerBytes <= block.count else { return nil }
            literals = headerBytes + (unsafe integer(block, 0, headerBytes) >> (4 + bits) & (1 << bits - 1))
        } else {
            let headerBytes = format & 1 == 0 ? 1 : format == 1 ? 2 : 3
            guard headerBytes <= block.count else { return nil }
            let size = unsafe integer(block, 0, headerBytes) >> (headerBytes == 1 ? 3 : 4)
            literals = headerBytes + (first & 1 == 0 ? size : 1)
        }
        guard literals < block.count, unsafe block[literals] > 0 else { return nil }
        let count = unsafe block[literals]
        literals += count < 128 ? 1 : count < 255 ? 2 : 3
        return literals < block.count ? unsafe block[literals] : nil
    }

    // Little endian, of bytes that are there.
    private static func integer(_ bytes: UnsafeRawBufferPointer, _ place: Int, _ count: Int) -> Int {
        (0..<count).reduce(0) { unsafe $0 | Int(bytes[place + $1]) << (8 * $1) }
    }
}
