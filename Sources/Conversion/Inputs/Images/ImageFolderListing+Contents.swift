internal import Codecs
internal import Glibc

extension ImageFolderListing {
    /// The most files that are looked into, and how many bytes of each.
    private static let mostHeads = 1000
    private static let headBytes = 4096

    /// Changes with the first 4 KiB of the images: of all up to 1,000, else of 1,000 spread evenly. Reads them.
    ///
    /// A file that cannot be read counts as such: it becomes a rejected row.
    var headHash: UInt64 {
        var hash = DataHash()
        var room = [UInt8](repeating: 0, count: Self.headBytes)
        let heads = min(count, Self.mostHeads)
        for head in 0..<heads {
            let file = count <= Self.mostHeads ? head : (count - 1) * head / (heads - 1)
            let length = Self.read(path(of: file, in: directory(of: file)), into: &room)
            hash.add(UInt64(bitPattern: Int64(length ?? -1)))
            hash.add(room.prefix(length ?? 0))
        }
        return hash.value
    }

    // How many bytes there are, at most as many as `room` has; nil for a file that cannot be read.
    private static func read(_ path: FolderPath, into room: inout [UInt8]) -> Int? {
        let descriptor = open(path.characters, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return room.withUnsafeMutableBytes { room -> Int? in
            var done = 0
            while done < room.count {
                let found = pread(descriptor, room.baseAddress.map { $0 + done }, room.count - done, off_t(done))
                if found < 0, errno == EINTR { continue }
                guard found >= 0 else { return nil }
                guard found > 0 else { break }
                done += found
            }
            return done
        }
    }
}
