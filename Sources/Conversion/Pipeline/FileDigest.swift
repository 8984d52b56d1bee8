internal import Codecs
internal import Glibc
internal import Memory

/// Hashes of files of our own.
enum FileDigest {
    private static let bufferBytes = 1 << 20

    /// XXH64 of a file; nil when there is no such file or it has another size.
    static func xxh64(of path: String, byteCount: Int) throws -> UInt64? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_size == byteCount else { return nil }
        var hash = XXHash64()
        let buffer = GrowableBytes()
        let room = buffer.extend(by: bufferBytes)
        while true {
            let count = read(descriptor, room.baseAddress, room.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            guard count > 0 else { return hash.value }
            hash.update(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<count]))
        }
    }
}
