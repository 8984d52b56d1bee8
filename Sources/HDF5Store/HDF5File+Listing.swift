internal import CHDF5
import Glibc

/// What `inspect` and error messages say about one dataset.
package struct HDF5Listing: Sendable, CustomStringConvertible {
    /// The path inside the file, from the root.
    package let name: String

    /// The extents; empty for a scalar.
    package let shape: [Int]
    package let type: HDF5Type
    package let layout: HDF5Layout
    package let filters: [HDF5Filter]

    /// `/x (60000, 28, 28) uint8, chunks (32, 28, 28), shuffle + deflate`.
    package var description: String {
        var text = "\(name) \(HDF5Dataset.describe(shape)) \(type), \(layout)"
        if !filters.isEmpty { text += ", " + filters.map(\.description).joined(separator: " + ") }
        return text
    }
}

extension HDF5File {
    /// Names of what is directly inside a group, sorted by their bytes.
    package func groupNames(at name: String) throws(HDF5Error) -> [String] {
        try HDF5Library.call { () throws(HDF5Error) -> [String] in try childNames(of: name) }
    }

    /// Every dataset that can be reached from the root, in the order of names.
    ///
    /// Objects that cannot be read are left out; a group that is linked twice is listed once.
    /// With `triesFirst` a child process makes the list before (`HDF5Probe`): for files that may be damaged.
    package func datasets(triesFirst: Bool = false) throws(HDF5Error) -> [HDF5Listing] {
        try HDF5Library.call { () throws(HDF5Error) -> [HDF5Listing] in
            if triesFirst { try HDF5Probe.check(path, "listing it") { _ = try? listAll() } }
            return try listAll()
        }
    }

    private func listAll() throws(HDF5Error) -> [HDF5Listing] {
        var found: [HDF5Listing] = []
        var visited: Set<ObjectPlace> = []
        // A link that leads back to the root must not list everything again.
        if let (_, root) = objectKind("/") { visited.insert(root) }
        try list("/", into: &found, visited: &visited)
        return found
    }

    private func list(
        _ group: String, into found: inout [HDF5Listing], visited: inout Set<ObjectPlace>
    ) throws(HDF5Error) {
        for child in try childNames(of: group) {
            let name = group == "/" ? "/" + child : group + "/" + child
            guard isPresent(name), let (type, place) = objectKind(name) else { continue }
            if type == H5O_TYPE_DATASET {
                // One bad dataset must not hide the others from a message that helps to find the right one.
                if let dataset = try? HDF5Dataset(file: self, name: name, locatesStorage: false) {
                    found.append(dataset.listing)
                }
            } else if type == H5O_TYPE_GROUP, visited.insert(place).inserted {
                try list(name, into: &found, visited: &visited)
            }
        }
    }

    private func objectKind(_ name: String) -> (H5O_type_t, ObjectPlace)? {
        guard
            let object = try? HDF5Handle(
                unsafe H5Oopen(handle.id, name, HDF5Library.defaults), close: H5Oclose, .noObject, path: path, "open")
        else { return nil }
        var place = ObjectPlace()
        var type = H5O_TYPE_UNKNOWN
        guard unsafe millrace_object(object.id, &place.address, &place.file, &type) >= 0 else { return nil }
        return (type, place)
    }

    /// One object of all files: behind external links two files can have groups at the same address.
    private struct ObjectPlace: Hashable {
        var file: UInt = 0
        var address: haddr_t = 0
    }

    private func childNames(of name: String) throws(HDF5Error) -> [String] {
        let group = try HDF5Handle(
            unsafe H5Gopen2(handle.id, name, HDF5Library.defaults), close: H5Gclose, .noObject, path: path,
            object: name, "there is no such group")
        // Names in order would have the library (1.10.8) make a table of as many links as the group says it has, fill
        // it without looking where it ends, and free entries that were never filled when a link cannot be read: in
        // damaged groups that corrupts the heap. In the file's own order it makes no table of a group with an index. It
        // makes one of links in the group's header: those are all read before, by looking for a name that none has.
        let absent = "\(UInt64.random(in: 0...UInt64.max))-\(UInt64.random(in: 0...UInt64.max))"
        try check(
            unsafe H5Lexists(group.id, absent, HDF5Library.defaults), .damaged, path: path, object: name,
            "its links cannot be read")
        var names = LinkNames()
        let status = unsafe withUnsafeMutablePointer(to: &names) { names in
            unsafe millrace_links(
                group.id,
                { context, name in
                    guard let context = unsafe context, let name = unsafe name else { return }
                    let bytes = unsafe UnsafeBufferPointer(start: name, count: strlen(name))
                    unsafe context.assumingMemoryBound(to: LinkNames.self).pointee.all
                        .append(bytes.map { UInt8(bitPattern: $0) })
                }, names)
        }
        try check(status, .damaged, path: path, object: name, "its links cannot be read")
        return names.all.sorted { $0.lexicographicallyPrecedes($1) }.map { String(decoding: $0, as: UTF8.self) }
    }

    /// What the library's loop over links collects: their names as the file's bytes.
    private struct LinkNames {
        var all: [[UInt8]] = []
    }
}
