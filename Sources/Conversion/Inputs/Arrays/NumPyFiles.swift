internal import Codecs
internal import DataSource

/// `.npy` files, each a column named after it, and the members of an `.npz` file.
enum NumPyFiles {
    /// Opens arrays as the columns of one dataset; an archive must be alone.
    static func open(_ paths: [String], options: RowInputOptions) throws(DataError) -> ArrayInput {
        var arrays: [StoredRows] = []
        for path in paths {
            let file = try InputFile(path)
            if ZipDirectory.isArchive(try file.head(4)) {
                arrays += try members(of: file, options: options)
            } else {
                arrays.append(try array(file))
            }
        }
        return try ArrayInput(arrays, format: "NumPy", options: options)
    }

    private static func array(_ file: InputFile) throws(DataError) -> StoredRows {
        let compression = Compression(head: try file.head(4))
        let stream = try SequentialBytes(file, decoder: compression.makeDecoder())
        var name = Compression.plainName(InputPaths.name(of: file.path))
        if name.hasSuffix(".npy") { name = String(name.dropLast(4)) }
        return try NumPyArray.rows(
            of: file, member: "", name: name, access: compression == .none ? .direct : .stream(compression),
            range: 0..<file.byteCount, available: compression == .none ? file.byteCount : nil, checksum: nil,
            stream: stream)
    }

    // Members that are not asked for are not looked at, so that one array of objects does not spoil the others.
    private static func members(of file: InputFile, options: RowInputOptions) throws(DataError) -> [StoredRows] {
        let members = try ZipDirectory(file).members.filter { $0.name.hasSuffix(".npy") }
        guard !members.isEmpty else { throw file.error("expected arrays (.npy) in the archive, found none") }
        let wanted = ColumnRenaming(options).chosen.map { $0.map(\.stored) }
        var arrays: [StoredRows] = []
        for member in members {
            let name = String(member.name.dropLast(4))
            // A name with a dot may be a field of a structure.
            if let wanted, !wanted.contains(where: { $0 == name }),
                members.contains(where: { other in
                    wanted.contains { $0 + ".npy" == other.name }
                })
            {
                continue
            }
            let range = try member.dataRange(in: file)
            let access: StoredRows.Access = member.isDeflated ? .deflated : .direct
            let stream = try SequentialBytes(
                file, range: range, decoder: member.isDeflated ? GzipStream(.bareDeflate) : nil)
            arrays.append(
                try NumPyArray.rows(
                    of: file, member: member.name, name: name, access: access, range: range,
                    available: member.byteCount, checksum: member.checksum, stream: stream))
        }
        return arrays
    }
}
