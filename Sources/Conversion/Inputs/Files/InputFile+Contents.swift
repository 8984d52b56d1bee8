internal import Codecs
internal import DataSource

extension InputFile {
    /// Bytes that are hashed of all files together, about, and at most of one.
    private static let mostBytes = 64 << 20
    private static let wholeBytes = 4 << 20

    /// Pieces of a larger file, and the most bytes of each; with many files they are fewer and smaller.
    private static let pieceCount = 16
    private static let pieceBytes = 64 << 10

    /// The least bytes that are hashed of a file, if it has them: however many there are.
    private static let leastBytes = 8 << 10

    /// What stays of files when they are copied: of each its size, and XXH64 of its bytes.
    ///
    /// Files up to 4 MiB are hashed whole, of larger ones 16 pieces of 64 KiB, the first and the last bytes among them,
    /// spread evenly. More than 16 files have 64 MiB together, but each 8 KiB. So of larger files a change goes unseen
    /// that alters neither the size nor a piece.
    ///
    /// - Throws: when a file cannot be read, or changed since it was looked at.
    static func contents(of files: [InputFile]) throws(DataError) -> String {
        let limit = min(wholeBytes, max(leastBytes, mostBytes / max(1, files.count)))
        var texts: [String] = []
        for file in files {
            texts.append("\(file.byteCount) bytes \(try file.hash(limit: limit).hexadecimal)")
        }
        return texts.joined(separator: "; ")
    }

    private func hash(limit: Int) throws(DataError) -> UInt64 {
        let file = try open()
        var hash = XXHash64()
        guard byteCount > limit else {
            var first = 0
            while first < byteCount {
                let count = min(Self.pieceBytes, byteCount - first)
                hash.update(try file.read(at: first, count: count))
                first += count
            }
            return hash.value
        }
        let count = min(Self.pieceCount, max(2, limit / Self.pieceBytes))
        let length = min(Self.pieceBytes, limit / count)
        for piece in 0..<count {
            hash.update(try file.read(at: (byteCount - length) / (count - 1) * piece, count: length))
        }
        // What the division left of the last piece.
        hash.update(try file.read(at: byteCount - length, count: length))
        return hash.value
    }
}
