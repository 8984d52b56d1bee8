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
        let text = withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 1) { buffer -> String in
            let count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
            return String(decoding: buffer[..<count], as: UTF8.self)
        }
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            let digits = line.drop { !$0.isNumber }.prefix { $0.isNumber }
            return (Int(digits) ?? 0) * 1024
        }
        return 0
    }

    /// Bytes of the machine's memory.
    package static var physicalBytes: Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }
}
