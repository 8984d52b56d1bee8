package import DataSource
internal import Shards

/// What kind of files paths lead to.
package enum InputKind: String, Sendable, Hashable, CaseIterable {
    case hdf5 = "HDF5"
    case numPy = "NumPy (.npy, .npz)"
    case csv = "CSV"
    case idx = "IDX"
    case webDataset = "WebDataset (.tar)"
    case mds = "MosaicML MDS directory"
    case imageFolder = "folder of images by class"
    case shards = "directory of shards"

    /// The kind of all paths, of which patterns are expanded: by what the names end with, else by the first bytes.
    ///
    /// - Throws: `DataError` when a path is of no kind, with a list of those that are accepted, or when kinds are mixed.
    package static func detect(_ patterns: [String]) throws(DataError) -> InputKind {
        guard !patterns.isEmpty else {
            throw DataError(kind: .usage, "expected at least one file or directory, found none. \(accepted)")
        }
        var found: [(kind: InputKind, path: String)] = []
        for pattern in patterns {
            if InputPathKind.isDirectory(pattern) {
                found.append((try directory(pattern), pattern))
            } else {
                for path in try InputPaths.expand([pattern]) { found.append((try file(path), path)) }
            }
        }
        let first = found[0]
        if let other = found.first(where: { $0.kind != first.kind }) {
            throw DataError(
                kind: .usage, file: other.path,
                "expected files of one kind, found \(other.kind.rawValue) here and \(first.kind.rawValue) in"
                    + " \(first.path); convert them one after the other")
        }
        return first.kind
    }

    private static var accepted: String {
        "Accepted are: " + allCases.map(\.rawValue).joined(separator: ", ")
            + "; CSV, IDX and .tar files may be compressed by gzip or zstd"
    }

    private static let endings: [(String, InputKind)] = [
        (".h5", .hdf5), (".hdf5", .hdf5), (".hdf", .hdf5), (".he5", .hdf5), (".nc", .hdf5), (".npy", .numPy),
        (".npz", .numPy), (".csv", .csv), (".tsv", .csv), (".tab", .csv), (".tar", .webDataset), (".tgz", .webDataset),
        ("-ubyte", .idx), (".idx", .idx),
    ]

    private static func file(_ path: String) throws(DataError) -> InputKind {
        let file = try InputFile(path)
        let name = Compression.plainName(path.lowercased())
        if let (_, kind) = endings.first(where: { name.hasSuffix($0.0) }) { return kind }
        let stream = try SequentialBytes(file, decoder: Compression(head: try file.head(4)).makeDecoder())
        let head = try stream.next(512)
        if head.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]) { return .hdf5 }
        if NumPyArray.isHeader(head) || ZipDirectory.isArchive(head) { return .numPy }
        if IDXFile.isHeader(head) { return .idx }
        if head.count == 512, head[257..<262].elementsEqual("ustar".utf8) { return .webDataset }
        // A manifest stands for the directory that it lies in, as everywhere else.
        if ShardFormat.isManifest(head) { return .shards }
        throw DataError(file: path, "its name and its first bytes say nothing of what it is. \(accepted)")
    }

    private static func directory(_ path: String) throws(DataError) -> InputKind {
        let stem = path.hasSuffix("/") ? path : path + "/"
        if InputPathKind.exists(stem + "index.json") { return .mds }
        if InputPathKind.exists(stem + "manifest.json") { return .shards }
        let names = InputPathKind.names(in: path)
        if holdsImages(path) { return .imageFolder }
        throw DataError(
            file: path,
            "expected a directory of MDS, of shards or of images by class, found \(names.count) other files; for files"
                + " in it write a pattern, for example '\(stem)*.csv'. \(accepted)")
    }
}

extension InputKind {
    // Whether there is an image in a directory or below it: the nearest are looked for first. What the reader of folders
    // takes for one decides; a directory that a link leads back to is looked at once.
    private static func holdsImages(_ path: String) -> Bool {
        var known: Set<[UInt64]> = []
        var waiting = [path]
        while !waiting.isEmpty {
            var below: [String] = []
            for directory in waiting {
                guard let identity = InputPathKind.identity(of: directory), known.insert(identity).inserted else {
                    continue
                }
                for name in InputPathKind.names(in: directory) {
                    let inner = directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
                    if InputPathKind.isDirectory(inner) {
                        below.append(inner)
                    } else if let point = name.lastIndex(of: "."),
                        ImageFolderListing.extensions.contains(name[name.index(after: point)...].lowercased())
                    {
                        return true
                    }
                }
            }
            waiting = below
        }
        return false
    }
}

/// Opens files as what they are.
///
/// Folders of images and directories of shards are opened by `makeRowInput(paths:options:images:)`; here they are errors.
package func makeRowInput(
    paths: [String], options: RowInputOptions = RowInputOptions()
) throws(DataError) -> any RowInput {
    let kind = try InputKind.detect(paths)
    switch kind {
    case .hdf5: return try HDF5Input(paths: paths, options: options)
    case .numPy: return try NumPyFiles.open(InputPaths.expand(paths), options: options)
    case .csv: return try CSVInput(paths: paths, options: options)
    case .idx: return try IDXFile.open(InputPaths.expand(paths), options: options)
    case .webDataset: return try TarInput(paths: paths, options: options)
    case .mds: return try MDSInput(paths: paths, options: options)
    case .imageFolder, .shards:
        throw DataError(kind: .usage, file: paths[0], "expected files to convert, found a \(kind.rawValue)")
    }
}
