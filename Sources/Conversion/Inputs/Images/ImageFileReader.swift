internal import DataSource
internal import Glibc
internal import Images
internal import Memory
import Synchronization

/// What a thread needs to read and decode files of images: kept from piece to piece.
final class ImageFileReader {
    var decoder = ImageDecoder()
    private let content = GrowableBytes()

    /// Bytes of a file that are read to learn what its header says.
    private static let headerBytes = 64 << 10

    /// The bytes of a whole file, up to `limit`; valid until the next call.
    func read(_ path: FolderPath, limit: Int = Int.max) throws(DataError) -> UnsafeRawBufferPointer {
        content.truncate(to: 0)
        let descriptor = open(path.characters, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw path.failure() }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw path.failure() }
        guard information.st_mode & S_IFMT == S_IFREG else {
            throw DataError(file: path.text, "it is not a regular file")
        }
        let room = content.extend(by: min(limit, Int(information.st_size)))
        var filled = 0
        while filled < room.count {
            let count = Glibc.read(descriptor, room.baseAddress.map { $0 + filled }, room.count - filled)
            if count < 0 {
                if errno == EINTR { continue }
                throw path.failure()
            }
            if count == 0 { break }
            filled += count
        }
        return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<filled])
    }

    /// What the header of a file says, or nil where it makes no sense.
    func probe(_ path: FolderPath, size: Int, pixelLimit: Int) throws(DataError) -> ImageInfo? {
        let start = try read(path, limit: Self.headerBytes)
        let info = try? ImageInfo(probing: start, pixelLimit: pixelLimit)
        // Large Exif data may come before a JPEG's frame header, and a PNG's Exif data behind its pixels.
        guard size > start.count, info?.kind != .jpeg else { return info }
        return try? ImageInfo(probing: read(path), pixelLimit: pixelLimit)
    }
}

/// Readers that are lent to threads: as many as work at a time.
final class ImageReaderPool: Sendable {
    private struct Idle: @unchecked Sendable {
        // Invariant behind `@unchecked Sendable`: a reader in the list is used by nobody.
        var readers: [ImageFileReader] = []
    }

    private let idle = Mutex<Idle>(Idle())

    /// Runs `body` with a reader of its own.
    func withReader<Result>(
        _ body: (ImageFileReader) throws(DataError) -> Result
    ) throws(DataError) -> Result {
        let reader = take() ?? ImageFileReader()
        defer { put(reader) }
        return try body(reader)
    }

    private func take() -> ImageFileReader? {
        nonisolated(unsafe) var taken: ImageFileReader?
        idle.withLock { taken = $0.readers.popLast() }
        return taken
    }

    private func put(_ reader: ImageFileReader) {
        nonisolated(unsafe) let given = reader
        idle.withLock { $0.readers.append(given) }
    }
}
