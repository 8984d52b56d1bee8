internal import CHDF5
internal import Files
import Glibc

/// The name of a virtual dataset's part, or of its file: `%b` in it stands for the number of a block, `%%` for a
/// percent sign.
struct VirtualName {
    private let pieces: [String]

    init(_ text: String) {
        var pieces = [""]
        var rest = text[...]
        while let next = rest.popFirst() {
            if next == "%", rest.first == "b" {
                rest.removeFirst()
                pieces.append("")
                continue
            }
            if next == "%", rest.first == "%" { rest.removeFirst() }
            pieces[pieces.count - 1].append(next)
        }
        self.pieces = pieces
    }

    /// Whether it names one part for each block of an unlimited mapping.
    var isPattern: Bool { pieces.count > 1 }

    func text(block: Int) -> String { pieces.joined(separator: "\(block)") }
}

/// A file with parts of virtual datasets, found as the library finds it.
final class VirtualSource: Sendable {
    /// The name under which it was found.
    let path: String

    private let fileName: String
    private let container: String
    private let handle: HDF5Handle

    /// A dataset of such a file.
    final class Part: Sendable {
        let handle: HDF5Handle
        let properties: HDF5Handle

        /// The file that holds it: another one behind an external link.
        let path: String
        let shape: [hsize_t]
        let elementSize: Int

        var id: hid_t { handle.id }

        var byteCount: Int {
            shape.reduce(elementSize) { $0.multipliedReportingOverflow(by: Int(clamping: $1)).partialValue }
        }

        /// Decoded bytes of a chunk, 0 without chunks.
        var chunkBytes: Int {
            guard H5Pget_layout(properties.id) == H5D_CHUNKED else { return 0 }
            var extents = [hsize_t](repeating: 0, count: max(1, shape.count))
            guard unsafe H5Pget_chunk(properties.id, Int32(shape.count), &extents) == shape.count else { return 0 }
            // The format holds a chunk's size in 32 bits.
            return Int(min(extents.reduce(Double(elementSize)) { $0 * Double($1) }, Double(UInt32.max)))
        }

        // nil when something about it cannot be read.
        init?(_ handle: consuming HDF5Handle, path: String) {
            guard
                let properties = try? HDF5Handle(
                    H5Dget_create_plist(handle.id), close: H5Pclose, .damaged, path: path, "its properties"),
                let space = try? HDF5Handle(
                    H5Dget_space(handle.id), close: H5Sclose, .damaged, path: path, "its shape"),
                let type = try? HDF5Handle(H5Dget_type(handle.id), close: H5Tclose, .damaged, path: path, "its type"),
                let file = try? HDF5Handle(
                    H5Iget_file_id(handle.id), close: H5Fclose, .damaged, path: path, "its file")
            else { return nil }
            let rank = H5Sget_simple_extent_ndims(space.id)
            guard rank >= 0 else { return nil }
            var extents = [hsize_t](repeating: 0, count: Int(rank))
            if rank > 0, unsafe H5Sget_simple_extent_dims(space.id, &extents, nil) < 0 { return nil }
            shape = extents
            elementSize = H5Tget_size(type.id)
            self.path = HDF5Library.path(of: file.id) ?? path
            self.properties = properties
            self.handle = handle
        }
    }

    /// Finds the file `fileName` for a dataset that lies in `container`; nil when there is none. Called inside the
    /// library's lock.
    init?(
        _ fileName: String, of dataset: hid_t, in container: String, path: String, name: String
    ) throws(HDF5Error) {
        self.fileName = fileName
        self.container = container
        if fileName == "." {
            handle = try HDF5Handle(
                H5Iget_file_id(dataset), close: H5Fclose, .damaged, path: path, object: name, "its file")
            self.path = container
            return
        }
        for candidate in Self.candidates(fileName, in: container) {
            // A pipe of that name would be waited for.
            guard (try? StampedPath(path: candidate)) != nil else { continue }
            let id = unsafe H5Fopen(candidate, millrace_H5F_ACC_RDONLY(), HDF5Library.defaults)
            guard id >= 0 else { continue }
            handle = try HDF5Handle(id, close: H5Fclose, .damaged, path: candidate, "cannot open it")
            self.path = candidate
            return
        }
        return nil
    }

    func isFor(_ fileName: String, in container: String) -> Bool {
        fileName == self.fileName && container == self.container
    }

    /// Opens a dataset of the file, or returns nil when there is none.
    func open(_ name: String) -> Part? {
        guard HDF5File.isPresent(name, in: handle.id) else { return nil }
        guard
            let found = try? HDF5Handle(
                unsafe H5Dopen2(handle.id, name, HDF5Library.defaults), close: H5Dclose, .noObject, path: path, "open")
        else { return nil }
        return Part(found, path: path)
    }

    /// Where the library (1.10.8) looks for a part's file, in this order.
    ///
    /// The name itself where it is absolute, then its last component only; in the folders of the variable
    /// `HDF5_VDS_PREFIX`, which may begin with `${ORIGIN}` when it is one folder; beside the file of the dataset; as
    /// seen from the current folder; beside the file to which the dataset's file is a symbolic link.
    static func candidates(_ fileName: String, in container: String) -> [String] {
        var found: [String] = []
        var rest = fileName
        if fileName.hasPrefix("/") {
            found.append(fileName)
            rest = String(fileName.split(separator: "/").last ?? "")
        }
        if let prefixes = unsafe getenv("HDF5_VDS_PREFIX") {
            let prefixes = unsafe String(cString: prefixes)
            found += prefixes.split(separator: ":").map { joined(String($0), rest) }
            // The library expands the whole of it, not each folder.
            found.append(joined(FilePrefix.expanded(prefixes, of: container), rest))
        }
        found.append(joined(folder(of: container), rest))
        found.append(rest)
        if let real = unsafe realpath(container, nil) {
            defer { unsafe free(real) }
            found.append(joined(folder(of: unsafe String(cString: real)), rest))
        }
        return found
    }

    /// The folder of a path, empty for a bare name.
    static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }

    static func joined(_ folder: String, _ name: String) -> String {
        folder.isEmpty || folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }
}
