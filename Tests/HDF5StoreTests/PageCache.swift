import Glibc

/// What the kernel keeps of a file in its page cache.
enum PageCache {
    static let pageSize = sysconf(Int32(_SC_PAGESIZE))

    /// For each page of a file, whether it is in memory.
    static func pages(of path: String) throws -> [Bool] {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw TemporaryFile.Failure() }
        defer { close(descriptor) }
        let length = Int(lseek(descriptor, 0, SEEK_END))
        guard let map = mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, 0), map != MAP_FAILED else {
            throw TemporaryFile.Failure()
        }
        defer { munmap(map, length) }
        var pages = [UInt8](repeating: 0, count: (length + pageSize - 1) / pageSize)
        guard mincore(map, length, &pages) == 0 else { throw TemporaryFile.Failure() }
        return pages.map { $0 & 1 == 1 }
    }

    /// Writes the file to its disk, without which its pages cannot leave memory.
    static func sync(_ path: String) {
        let descriptor = open(path, O_RDONLY)
        fsync(descriptor)
        close(descriptor)
    }

    /// Brings the whole file into memory, from the disk: what was written can lie there in larger units than pages.
    static func fill(_ path: String) throws {
        drop(path)
        _ = try Bytes.read(path)
    }

    private static func drop(_ path: String) {
        let descriptor = open(path, O_RDONLY)
        posix_fadvise(descriptor, 0, 0, Int32(POSIX_FADV_DONTNEED))
        close(descriptor)
    }

    /// Whether the file system of temporary files lets pages leave memory; one that lives in memory does not.
    static let canDrop: Bool = {
        guard let file = try? TemporaryFile([UInt8](repeating: 1, count: 8 * pageSize)) else { return false }
        sync(file.path)
        drop(file.path)
        return (try? pages(of: file.path).allSatisfy { !$0 }) ?? false
    }()
}
