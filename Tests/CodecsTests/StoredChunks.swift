import Codecs
import Glibc

/// Stored chunks of `fixtures/hdf5/chunks`, one per codec, and how to decode them.
enum StoredChunks {
    static let names = [
        "gzip", "lzf", "zstd", "lz4", "bitshuffle", "bitshuffle-lz4", "bitshuffle-zstd", "blosc-blosclz", "blosc-lz4",
        "blosc-lz4hc", "blosc-snappy", "blosc-zlib", "blosc-zstd",
    ]

    /// What all of them hold: x[i, j] = i // 16 * 5 + j, 1250 x 7 little-endian 32-bit integers.
    static let contents: [UInt8] = (0..<1250).flatMap { row in
        (0..<7).flatMap { column in
            withUnsafeBytes(of: Int32(row / 16 * 5 + column).littleEndian) { Array($0) }
        }
    }

    static func stream(_ name: String) throws -> [UInt8] {
        let folder =
            #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        guard let file = fopen(folder + "/fixtures/hdf5/chunks/\(name).bin", "rb") else { throw Missing(name: name) }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let length = fread(&bytes, 1, bytes.count, file)
        return Array(bytes.prefix(length))
    }

    struct Missing: Error { var name: String }

    /// Decodes a stream of the codec `name` into `destination` and returns how many bytes it held.
    static func decode(
        _ name: String, _ stream: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
    ) throws(CodecError) -> Int {
        switch name {
        case "gzip":
            var inflater = Inflater()
            return try inflater.decompress(stream, into: destination)
        case "lzf": return try LZF.decompress(stream, into: destination)
        case "lz4": return try LZ4.decompressChunk(stream, into: destination)
        case "zstd":
            var decoder = ZstdDecoder()
            return try decoder.decompress(stream, into: destination)
        case "bitshuffle": return try unshuffle(.none, stream, into: destination)
        case "bitshuffle-lz4": return try unshuffle(.lz4, stream, into: destination)
        case "bitshuffle-zstd": return try unshuffle(.zstd, stream, into: destination)
        default: return try Blosc.decompress(stream, into: destination)
        }
    }

    private static func unshuffle(
        _ compression: BitShuffle.Compression, _ stream: UnsafeRawBufferPointer,
        into destination: UnsafeMutableRawBufferPointer
    ) throws(CodecError) -> Int {
        let shuffle = BitShuffle(elementSize: 4, blockElements: 0, compression: compression)
        let scratch = UnsafeMutableRawBufferPointer.allocate(
            byteCount: shuffle.scratchBytes(of: destination.count), alignment: 16)
        defer { scratch.deallocate() }
        var zstd: ZstdDecoder? = ZstdDecoder()
        return try shuffle.decompress(stream, into: destination, scratch: scratch, zstd: &zstd)
    }

    /// Decodes into an array of `capacity` bytes.
    static func decoded(_ name: String, _ stream: [UInt8], capacity: Int) throws(CodecError) -> [UInt8] {
        let input = GuardedBytes(stream)
        let output = GuardedBytes(count: capacity)
        let length = try decode(name, UnsafeRawBufferPointer(input.bytes), into: output.bytes)
        return Array(output.bytes.prefix(length))
    }
}

/// Bytes that end where the next page may not be touched: reading or writing behind them ends the test program.
final class GuardedBytes {
    let bytes: UnsafeMutableRawBufferPointer
    private let pages: UnsafeMutableRawPointer
    private let length: Int

    init(count: Int) {
        let page = 4096
        length = (count + page - 1) / page * page + page
        guard let pages = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            pages != MAP_FAILED, mprotect(pages + length - page, page, PROT_NONE) == 0
        else { fatalError("GuardedBytes: the system refused \(length) bytes") }
        self.pages = pages
        bytes = UnsafeMutableRawBufferPointer(start: pages + length - page - count, count: count)
    }

    convenience init(_ contents: [UInt8]) {
        self.init(count: contents.count)
        bytes.copyBytes(from: contents)
    }

    deinit { munmap(pages, length) }
}
