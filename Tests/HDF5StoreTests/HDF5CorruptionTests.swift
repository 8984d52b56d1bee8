import HDF5Store
import Memory
import Testing

/// Damage in the stored chunks of every codec, seen from the reader: an error that names the chunk, never a crash.
@Suite struct HDF5CorruptionTests {
    @Test(arguments: [
        "filter-lzf.h5", "filter-zstd.h5", "filter-bitshuffle.h5", "filter-blosc.h5", "matrix/rows-lz4.h5",
        "matrix/rows-bitshuffle-zstd.h5", "matrix/rows-shuffle-zstd-fletcher32.h5",
        "matrix/rows-shuffle-lzf-fletcher32.h5", "matrix/rows-blosc-zstd-bits.h5", "matrix/rows-blosc-zlib.h5",
    ])
    func `a damaged chunk is an error that names it`(file: String) throws {
        let whole = try Bytes.read(Fixtures.directory + file)
        let name = file.hasPrefix("matrix") ? "large-int32" : "x"
        let healthy = try HDF5File(path: Fixtures.directory + file).dataset(name)
        let expected = try Fixtures.read(healthy, step: 100)
        let hasChecksum = healthy.filters.contains { $0.id == HDF5Filter.fletcher32 }
        var found = 0
        for position in stride(from: 800, to: whole.count - 16, by: max(17, whole.count / 150)) {
            var bytes = whole
            // 16 bytes that no header means, so that most codecs notice.
            for index in position..<position + 16 { bytes[index] ^= 0xa5 }
            let copy = try TemporaryFile(bytes)
            do throws(HDF5Error) {
                let dataset = try HDF5File(path: copy.path).dataset(name)
                guard dataset.shape == healthy.shape, dataset.type == healthy.type,
                    dataset.filters == healthy.filters
                else { continue }
                let values = try Fixtures.read(dataset, step: 100)
                if hasChecksum { #expect(values == expected) }
            } catch {
                guard error.kind == .corrupt else { continue }
                #expect(error.object == name && error.message.contains("chunk at ["), "\(error)")
                found += 1
            }
        }
        #expect(found > 0)
    }
}
