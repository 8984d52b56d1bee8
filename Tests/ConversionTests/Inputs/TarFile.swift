/// The parts of a tar file.
enum TarFile {
    /// A file: its header in ustar, its bytes, and what fills the last block.
    static func member(_ name: String, _ data: [UInt8], size: String? = nil) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at place: Int) { for (i, byte) in text.utf8.enumerated() { block[place + i] = byte } }
        put(name, at: 0)
        let digits = String(data.count, radix: 8)
        put(size ?? String(repeating: "0", count: 11 - digits.count) + digits, at: 124)
        put("0", at: 156)
        put("ustar\u{0}00", at: 257)
        put("        ", at: 148)
        let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
        put(String(repeating: "0", count: 6 - sum.count) + sum + "\u{0} ", at: 148)
        return block + data + [UInt8](repeating: 0, count: (512 - data.count % 512) % 512)
    }

    /// What stands behind the last file.
    static let end = [UInt8](repeating: 0, count: 1024)
}
