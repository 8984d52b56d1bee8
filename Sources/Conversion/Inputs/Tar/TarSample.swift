internal import DataSource

/// The files of one sample of a WebDataset archive: those that follow each other with one key.
struct TarSample {
    let key: String

    /// Bytes of each file by its extension, in order.
    var files: [(name: String, range: Range<Int>)] = []

    /// Where the sample's first header begins.
    let offset: Int

    /// Key and extension of a path, as WebDataset splits it: at the first dot of the last component, the extension in
    /// lower case. nil for files that are no part of a sample: without extension, hidden, or of the form `__name__`.
    static func split(_ path: String) -> (key: String, name: String)? {
        let start = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        guard let dot = path[start...].firstIndex(of: "."), dot > start else { return nil }
        let isMeta = path.split(separator: "/").contains { $0.hasPrefix("__") && $0.hasSuffix("__") && $0.count > 4 }
        guard !isMeta else { return nil }
        let name = path[path.index(after: dot)...].lowercased()
        return name.isEmpty ? nil : (String(path[..<dot]), name)
    }

    /// The samples whose members are all of `bytes`, which begin at `offset` of an archive.
    static func all(in bytes: [UInt8], path: String, offset: Int) throws(DataError) -> [TarSample] {
        var source = MemoryBytes(bytes: bytes)
        var walker = TarWalker(path, offset: offset)
        var samples: [TarSample] = []
        while source.place < bytes.count, let entry = try walker.next(from: &source) {
            let start = entry.dataOffset - offset
            guard entry.end - offset <= bytes.count else {
                throw DataError(file: path, "truncated: the member \(entry.path) ends behind the archive's end")
            }
            source.place = entry.end - offset
            guard let (key, name) = split(entry.path) else { continue }
            if samples.last?.key != key { samples.append(TarSample(key: key, offset: entry.headerOffset)) }
            samples[samples.count - 1].files.append((name, start..<start + entry.size))
        }
        return samples
    }

    private struct MemoryBytes: TarWalker.Bytes {
        let bytes: [UInt8]
        var place = 0

        mutating func next(_ count: Int) -> [UInt8] {
            let end = min(bytes.count, place + count)
            defer { place = end }
            return Array(bytes[place..<end])
        }
    }
}
