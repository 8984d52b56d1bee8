internal import CHDF5
internal import Files
import Glibc

/// The pieces of files without a format in which a dataset's bytes lie, one behind the other.
struct ExternalSegments {
    private struct Segment {
        var path: String
        var offset: Int
        /// nil: to the end of the data.
        var byteCount: Int?
    }

    private var segments: [Segment] = []
    private let path: String
    private let name: String

    /// Reads the list of a dataset that lies in `file`. Called inside the library's lock.
    init(_ properties: hid_t, file: String, path: String, name: String) throws(HDF5Error) {
        self.path = path
        self.name = name
        for index in 0..<H5Pget_external_count(properties) {
            var text = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
            var offset: off_t = 0
            var byteCount: hsize_t = 0
            try check(
                unsafe H5Pget_external(properties, UInt32(index), text.count - 1, &text, &offset, &byteCount), .damaged,
                path: path, object: name, "its external files cannot be read")
            let found = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard offset >= 0 else {
                throw HDF5Error(.damaged, path: path, object: name, "external file \(found) at offset \(offset)")
            }
            segments.append(
                Segment(
                    path: Self.place(found, of: file), offset: Int(offset), byteCount: Int(exactly: byteCount)))
        }
    }

    /// The files, once it is sure that they hold `byteCount` bytes: the library reads what lacks as zeros.
    func checked(byteCount: Int) throws(HDF5Error) -> [StampedPath] {
        var rest = byteCount
        var files: [StampedPath] = []
        for segment in segments where rest > 0 {
            let file: StampedPath
            do throws(FileError) {
                file = try StampedPath(path: segment.path)
            } catch {
                throw HDF5Error(
                    error.kind == .missing ? .missing : .damaged, path: path, object: name,
                    "its data lie in the file \(segment.path): \(error.message); put it back where it was")
            }
            let count = min(rest, segment.byteCount ?? rest)
            guard count <= file.stamp.byteCount - segment.offset else {
                throw HDF5Error(
                    .damaged, path: path, object: name,
                    "truncated: expected \(count) bytes at offset \(segment.offset) of the file \(segment.path), found "
                        + "\(file.stamp.byteCount) bytes in all; copy it again")
            }
            rest -= count
            files.append(file)
        }
        guard rest <= 0 else {
            throw HDF5Error(
                .damaged, path: path, object: name,
                "expected \(byteCount) bytes in its external files, found room for \(byteCount - rest)")
        }
        return files
    }

    // As the library looks for it: with the variable `HDF5_EXTFILE_PREFIX` before a relative name, else from the
    // current folder.
    private static func place(_ name: String, of file: String) -> String {
        guard !name.hasPrefix("/"), let variable = unsafe getenv("HDF5_EXTFILE_PREFIX") else { return name }
        let prefix = unsafe String(cString: variable)
        return VirtualSource.joined(FilePrefix.expanded(prefix, of: file), name)
    }
}
