import ArgumentParser
import Glibc
import HDF5Store

/// The valid files that inputs are made of.
struct Corpus {
    /// A file, and what is where in it.
    struct File {
        let bytes: [UInt8]

        /// Stored chunks and contiguous data.
        let data: [Range<Int>]

        /// Everything else.
        let metadata: [Range<Int>]

        /// Blocks of metadata that end with a checksum, without it.
        let checksummed: [Range<Int>]
    }

    let files: [File]

    /// Reads the files; each must open.
    init(paths: [String]) throws {
        files = try paths.map { path in
            let bytes = try InputFile.read(path)
            let file = try HDF5File(path: path)
            var data: [Range<Int>] = []
            for listing in try file.datasets() {
                guard let dataset = try? file.dataset(listing.name), dataset.file.path == path else { continue }
                data += dataset.storedRanges(of: 0..<dataset.rowCount).filter { $0.upperBound <= bytes.count }
            }
            data.sort { $0.lowerBound < $1.lowerBound }
            var metadata: [Range<Int>] = []
            var end = 0
            for range in data where range.upperBound > end {
                if range.lowerBound > end { metadata.append(end..<range.lowerBound) }
                end = range.upperBound
            }
            if end < bytes.count { metadata.append(end..<bytes.count) }
            return File(bytes: bytes, data: data, metadata: metadata, checksummed: Self.checksummed(bytes))
        }
    }

    private static let signatures = [
        "OHDR", "OCHK", "FAHD", "FADB", "EAHD", "EAIB", "EASB", "EADB", "BTHD", "BTIN", "BTLF", "FRHP", "FHDB",
        "\u{89}HDF",
    ].map { $0.unicodeScalars.map { UInt8($0.value) } }

    // A block's length follows from fields that differ by kind: it is found by trying which length has its checksum.
    private static func checksummed(_ bytes: [UInt8]) -> [Range<Int>] {
        let longest = 4096
        var blocks: [Range<Int>] = []
        for start in 0..<max(0, bytes.count - 12) where bytes[start] >= 0x42 {
            guard signatures.contains(where: { bytes[start..<(start + 4)].elementsEqual($0) }) else { continue }
            for end in (start + 8)..<max(start + 8, min(start + longest, bytes.count - 4)) {
                let stored = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[end + $1]) << UInt32(8 * $1) }
                if Lookup3.checksum(bytes[start..<end]) == stored {
                    blocks.append(start..<end)
                    break
                }
            }
        }
        return blocks
    }

    /// Input `number`: a file with one to eight mutations.
    func input(seed: UInt64, number: Int, mends: Bool) -> [UInt8] {
        var random = RandomNumbers(seed: seed, number: number)
        let file = random.element(files)
        var mutation = Mutation(file: file, donor: random.element(files))
        var count = 1
        while count < 8, random.oneIn(2) { count += 1 }
        for _ in 0..<count { mutation.apply(&random) }
        // Mended checksums let damage through to the code behind them.
        if mends, !random.oneIn(3) { mutation.mendChecksums() }
        return mutation.bytes
    }
}

/// Whole files of bytes.
enum InputFile {
    static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw ValidationError("\(path) cannot be opened") }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        var bytes = [UInt8](repeating: 0, count: max(0, ftell(file)))
        rewind(file)
        guard fread(&bytes, 1, bytes.count, file) == bytes.count else {
            throw ValidationError("\(path) cannot be read")
        }
        return bytes
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        guard let file = fopen(path, "wb") else { throw ValidationError("\(path) cannot be created") }
        let written = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count else { throw ValidationError("\(path) cannot be written") }
    }
}
