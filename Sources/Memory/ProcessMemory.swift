import Glibc

/// What the kernel says about this process's memory.
public enum ProcessMemory {
    /// The most bytes that were ever resident (`VmHWM`), code and libraries included.
    public static var peakResidentBytes: Int { statusField("VmHWM:") }

    /// Bytes that are resident now (`VmRSS`).
    public static var residentBytes: Int { statusField("VmRSS:") }

    private static func statusField(_ name: String) -> Int {
        let descriptor = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        return withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 1) { buffer in
            let text = buffer.bindMemory(to: CChar.self).baseAddress!
            text[max(0, read(descriptor, text, buffer.count - 1))] = 0
            guard let field = strstr(text, name) else { return 0 }
            return strtol(field + name.utf8.count, nil, 10) * 1024
        }
    }

    /// Bytes that are resident now: in all, and of files that are mapped, which are code and constants for the most part.
    package static var resident: (bytes: Int, files: Int) {
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return (0, 0) }
        defer { close(descriptor) }
        return withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
            let text = buffer.bindMemory(to: CChar.self).baseAddress!
            text[max(0, read(descriptor, text, buffer.count - 1))] = 0
            // size resident shared …, in pages
            var next: UnsafeMutablePointer<CChar>?
            _ = strtol(text, &next, 10)
            let resident = strtol(next ?? text, &next, 10)
            let files = strtol(next ?? text, nil, 10)
            let page = sysconf(Int32(_SC_PAGESIZE))
            return (resident * page, files * page)
        }
    }

    /// Bytes that the process itself has made: what is resident and not mapped from a file.
    package static var heldBytes: Int {
        let resident = resident
        return resident.bytes - resident.files
    }

    /// Bytes of the machine's memory.
    package static var physicalBytes: Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }
}
