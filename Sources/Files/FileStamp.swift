import Glibc

/// What tells one state of a file from another. The time of the last access is no part of it: reading changes that.
package struct FileStamp: Sendable, Equatable {
    /// The device and the inode on it.
    package var device: UInt64
    package var inode: UInt64
    package var byteCount: Int

    /// When the contents last changed: seconds since 1970 and nanoseconds.
    package var modifiedSeconds: Int
    package var modifiedNanoseconds: Int

    /// Whether it is a regular file.
    package var isRegular: Bool

    init(_ information: stat) {
        device = UInt64(information.st_dev)
        inode = UInt64(information.st_ino)
        byteCount = Int(information.st_size)
        modifiedSeconds = information.st_mtim.tv_sec
        modifiedNanoseconds = information.st_mtim.tv_nsec
        isRegular = information.st_mode & S_IFMT == S_IFREG
    }

    // nil with `errno` set when the system cannot say.
    init?(descriptor: Int32) {
        var information = stat()
        guard unsafe fstat(descriptor, &information) == 0 else { return nil }
        self.init(information)
    }

    // nil with `errno` set when the system cannot say.
    init?(path: String) {
        var information = stat()
        guard unsafe stat(path, &information) == 0 else { return nil }
        self.init(information)
    }

    /// How `now` differs from this, in words: `600 bytes when it was opened, 500 now; modified at …`.
    package func change(to now: FileStamp) -> String {
        var parts: [String] = []
        if (device, inode) != (now.device, now.inode) { parts.append("another file took its place") }
        if byteCount != now.byteCount {
            let cut = now.byteCount < byteCount ? "truncated: " : ""
            parts.append("\(cut)it had \(byteCount) bytes when it was opened and has \(now.byteCount) now")
        }
        if (modifiedSeconds, modifiedNanoseconds) != (now.modifiedSeconds, now.modifiedNanoseconds) {
            parts.append("it was modified at \(now.modificationText)")
        }
        return parts.joined(separator: "; ")
    }

    // `2026-05-01 12:00:00 UTC`.
    private var modificationText: String {
        var seconds = time_t(modifiedSeconds)
        var fields = unsafe tm()
        guard unsafe gmtime_r(&seconds, &fields) != nil else { return "\(modifiedSeconds) s since 1970" }
        func digits(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let date = unsafe "\(1900 + fields.tm_year)-\(digits(fields.tm_mon + 1))-\(digits(fields.tm_mday))"
        let time = unsafe "\(digits(fields.tm_hour)):\(digits(fields.tm_min)):\(digits(fields.tm_sec))"
        return "\(date) \(time) UTC"
    }
}
