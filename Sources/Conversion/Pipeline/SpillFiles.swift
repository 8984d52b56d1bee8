internal import Glibc
internal import Memory

/// The open spill files of a shuffle.
final class SpillFiles {
    let count: Int
    private let directory: String
    private var descriptors: [Int32] = []
    private var buffers: [GrowableBytes] = []
    private var lengths: [Int]
    private let bufferBytes: Int

    /// Opens `count` files, cut to `lengths` where they were written before; each with a buffer of `bufferBytes`.
    init(directory: String, count: Int, lengths: [Int]?, bufferBytes: Int) throws {
        self.count = count
        self.directory = directory
        self.bufferBytes = bufferBytes
        self.lengths = lengths ?? Array(repeating: 0, count: count)
        for number in 0..<count {
            let path = Self.path(directory, number)
            let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { throw OutputError(path: path, stage: .create, code: errno) }
            descriptors.append(descriptor)
            buffers.append(GrowableBytes())
            guard ftruncate(descriptor, self.lengths[number]) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else {
                throw OutputError(path: path, stage: .write, code: errno)
            }
        }
    }

    deinit { for descriptor in descriptors { close(descriptor) } }

    /// The names of spill files, for those who clean up.
    static func name(_ number: Int) -> String { "spill-\(number)" }

    static func path(_ directory: String, _ number: Int) -> String { "\(directory)/\(name(number))" }

    /// Adds bytes to a file.
    func append(_ bytes: UnsafeRawBufferPointer, to number: Int) throws {
        buffers[number].append(bytes)
        if buffers[number].count >= bufferBytes { try flush(number) }
    }

    /// Has everything on the disk, and returns the files' lengths.
    func sync() throws -> [Int] {
        for number in 0..<count {
            try flush(number)
            guard fdatasync(descriptors[number]) == 0 else {
                throw OutputError(path: Self.path(directory, number), stage: .write, code: errno)
            }
        }
        return lengths
    }

    private func flush(_ number: Int) throws {
        let bytes = buffers[number].bytes
        var done = 0
        while done < bytes.count {
            let count = write(descriptors[number], bytes.baseAddress! + done, bytes.count - done)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw OutputError(
                    path: Self.path(directory, number), stage: .write, code: count == 0 ? ENOSPC : errno)
            }
            done += count
        }
        lengths[number] += done
        buffers[number].truncate(to: 0)
    }
}
