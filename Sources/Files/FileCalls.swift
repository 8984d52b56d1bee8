import Glibc

/// The system calls by which a file is read, as values, so that a test can make them fail without a broken disk.
@safe package struct FileCalls: Sendable {
    /// Reads up to `count` bytes at `offset` of a descriptor: (descriptor, memory, count, offset). Returns the bytes
    /// read, 0 at the file's end, or the system's error number, negated.
    package var read: @Sendable (Int32, UnsafeMutableRawPointer, Int, Int) -> Int

    /// What a descriptor's file is now, or nil with `errno` set.
    package var stamp: @Sendable (Int32) -> FileStamp?

    /// Sleeps for so many milliseconds.
    package var pause: @Sendable (Int) -> Void

    /// The calls of this system, but for reading.
    package init(read: @escaping @Sendable (Int32, UnsafeMutableRawPointer, Int, Int) -> Int) {
        self = .system
        unsafe self.read = read
    }

    init(
        read: @escaping @Sendable (Int32, UnsafeMutableRawPointer, Int, Int) -> Int,
        stamp: @escaping @Sendable (Int32) -> FileStamp?, pause: @escaping @Sendable (Int) -> Void
    ) {
        unsafe self.read = read
        self.stamp = stamp
        self.pause = pause
    }

    /// The calls of this system.
    package static let system = unsafe FileCalls(
        read: { descriptor, memory, count, offset in
            let found = unsafe pread(descriptor, memory, count, off_t(offset))
            return found < 0 ? -Int(errno) : found
        },
        stamp: { FileStamp(descriptor: $0) },
        pause: { usleep(UInt32($0) * 1000) })

    /// The system's words for an error number.
    static func message(_ code: Int32) -> String {
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }
}
