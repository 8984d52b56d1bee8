package import DataSource
package import Images
internal import Shards

/// Opens what is to be converted, whatever it is: files as `makeRowInput(paths:options:)` does, and folders of images and
/// datasets of shards.
///
/// With a size, columns of encoded images become pixels of that size, wherever they come from.
package func makeRowInput(
    paths: [String], options: RowInputOptions, images: ImageOptions
) throws(DataError) -> any RowInput {
    let kind = try InputKind.detect(paths)
    // A manifest may be named by a pattern, too.
    let paths =
        kind == .shards && !paths.contains(where: InputPathKind.isDirectory) ? try InputPaths.expand(paths) : paths
    guard paths.count == 1 || (kind != .imageFolder && kind != .shards) else {
        throw DataError(
            kind: .usage, file: paths[1],
            "expected one \(kind.rawValue), found \(paths.count); convert them one after the other")
    }
    let input: any RowInput
    switch kind {
    case .imageFolder:
        for (name, given) in [("--x", options.x), ("--y", options.y)] {
            guard given.count <= 1, given.first?.contains("=") != true else {
                throw DataError(
                    kind: .usage, file: paths[0],
                    "\(name) \(given.joined(separator: " ")): a folder of images has one column of images and one of classes; "
                        + "expected one name for it")
            }
        }
        // Decoded by the input itself, which knows the files' names.
        return try ImageFolderInput(
            paths[0], options: images, x: options.x.first ?? "x", y: options.y.first ?? "y")
    case .shards:
        input = try ShardInput(path: paths[0], options: options)
    case .hdf5, .numPy, .csv, .idx, .webDataset, .mds:
        input = try makeRowInput(paths: paths, options: options)
    }
    guard images.size != nil, input.columns.contains(where: { $0.encoding == .image }) else { return input }
    return DecodedImageInput(input, name: paths.joined(separator: " "), options: images)
}
