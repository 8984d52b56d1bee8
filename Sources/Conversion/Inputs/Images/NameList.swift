internal import Glibc
internal import Memory

/// File names as C strings that lie one after the other in one buffer: a million names are one allocation, not a million.
final class NameList: @unchecked Sendable {
    // Invariant behind `@unchecked Sendable`: filled and sorted by one thread, then only read.
    private let bytes = GrowableBytes()
    private var offsets: [Int] = []

    var count: Int { offsets.count }

    /// Adds a copy of a name.
    func append(_ name: UnsafePointer<CChar>) {
        offsets.append(bytes.count)
        bytes.append(UnsafeRawBufferPointer(start: name, count: strlen(name) + 1))
    }

    /// A name; valid until the next is added.
    subscript(index: Int) -> UnsafePointer<CChar> {
        guard let start = bytes.bytes.baseAddress else { preconditionFailure("NameList: name \(index) of none") }
        return (start + offsets[index]).assumingMemoryBound(to: CChar.self)
    }

    /// A name as text; bytes that are not UTF-8 are replaced.
    func text(_ index: Int) -> String { String(cString: self[index]) }

    /// Puts the names into the order of their bytes, which for UTF-8 is that of their characters' numbers.
    func sort() {
        guard let start = bytes.bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
        offsets.sort { strcmp(start + $0, start + $1) < 0 }
    }
}
