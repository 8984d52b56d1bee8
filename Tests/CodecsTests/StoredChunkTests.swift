import Codecs
import Testing

/// The codecs of HDF5's filters, on chunks that the filters' own plugins wrote.
@Suite struct StoredChunkTests {
    private let size = StoredChunks.contents.count

    @Test(arguments: StoredChunks.names) func `what the plugin wrote is decoded`(name: String) throws {
        let stream = try StoredChunks.stream(name)
        #expect(try StoredChunks.decoded(name, stream, capacity: size) == StoredChunks.contents)
    }

    @Test(arguments: StoredChunks.names) func `a larger place is filled in part`(name: String) throws {
        // Without compression there is no header: what is stored is what decodes.
        let stream = try StoredChunks.stream(name)
        #expect(try StoredChunks.decoded(name, stream, capacity: size + 999) == StoredChunks.contents)
    }

    @Test(arguments: StoredChunks.names) func `a smaller place is an error`(name: String) throws {
        let stream = try StoredChunks.stream(name)
        for capacity in [size - 1, size / 2, 100] {
            #expect(throws: CodecError.self) { try StoredChunks.decoded(name, stream, capacity: capacity) }
        }
    }

    @Test(arguments: StoredChunks.names) func `a cut stream never passes as a whole one`(name: String) throws {
        let stream = try StoredChunks.stream(name)
        for length in stride(from: 0, to: stream.count, by: max(1, stream.count / 300)) {
            // LZF and bitshuffle without compression have no length of their own: they give fewer bytes.
            let found = try? StoredChunks.decoded(name, Array(stream.prefix(length)), capacity: size)
            #expect((found?.count ?? 0) < size, "\(length) bytes of \(stream.count)")
        }
    }

    /// Streams whose headers claim what they do not hold.
    @Test(
        arguments: [
            ("lz4", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 0), ("lz4", [0, 0, 0x7f, 0xff], 0),
            ("lz4", [0, 0, 0, 0], 8), ("bitshuffle-lz4", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 0),
            ("bitshuffle-lz4", [0, 0, 0, 0], 8), ("bitshuffle-lz4", [0xff, 0xff, 0xff, 0xe0], 8),
            ("bitshuffle-lz4", [0, 0, 0x20, 0x04], 8), ("bitshuffle-zstd", [0xff, 0xff, 0xff, 0xff], 12),
            ("blosc-lz4", [0xff, 0xff, 0xff, 0x7f], 4), ("blosc-lz4", [0xff, 0xff, 0xff, 0x7f], 8),
            ("blosc-lz4", [0xff, 0xff, 0xff, 0xff], 8), ("blosc-lz4", [0, 0, 0, 0], 8),
            ("blosc-lz4", [0, 0, 0, 0], 12),
        ] as [(String, [UInt8], Int)])
    func `a claim that cannot be true is refused`(name: String, bytes: [UInt8], offset: Int) throws {
        var stream = try StoredChunks.stream(name)
        stream.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        #expect(throws: CodecError.self) { try StoredChunks.decoded(name, stream, capacity: size) }
    }

    @Test func `a zstd frame that claims a terabyte is refused`() {
        // Magic, single segment with a content size of 8 bytes, 2^40, an empty last raw block.
        let frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0]
        #expect(throws: CodecError.tooLarge(codec: "zstd", expected: size)) {
            try StoredChunks.decoded("zstd", frame, capacity: size)
        }
    }

    @Test func `a codec of Blosc that does not exist is named`() throws {
        var stream = try StoredChunks.stream("blosc-lz4")
        stream[2] |= 0xe0
        let error = #expect(throws: CodecError.self) { try StoredChunks.decoded("blosc-lz4", stream, capacity: size) }
        #expect(error?.description.contains("codec 7, which does not exist") == true)
        #expect(Blosc.codec(number: 6) == nil && Blosc.codec(number: -1) == nil)
        #expect(Blosc.codec(number: 0)?.name == "blosclz" && Blosc.codec(number: 0)?.isAvailable == true)
    }
}
