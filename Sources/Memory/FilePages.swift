import Glibc
import Synchronization

/// Pages of code and constants: mapped from files, never written, read from the page cache again when they are used.
///
/// Of the 42 MiB that a run over HDF5 maps from its libraries, the training loop uses 12: the rest served loading, parsing
/// and planning. Giving all of them back costs a tenth of a millisecond and a few hundred page faults after it.
package enum FilePages {
    /// A mapping by what does not change while it lives.
    private struct Mapping: Hashable {
        let begin: UInt
        let end: UInt
        let offset: UInt
        let inode: UInt
    }

    /// Whether mappings that were seen are as their files are: pages of a library that relocations have changed
    /// look like constants too, and would be lost.
    private static let known = Mutex<[Mapping: Bool]>([:])

    /// Gives back what is resident of unchanged mappings that cannot be written. Does nothing where the kernel does not
    /// tell about mappings.
    package static func release() {
        known.withLock { known in
            let mappings = scan("/proc/self/maps").map(\.mapping)
            if mappings.contains(where: { known[$0] == nil }) {
                for (mapping, isUnchanged) in scan("/proc/self/smaps") { known[mapping] = isUnchanged }
            }
            for mapping in mappings where known[mapping] == true {
                madvise(
                    UnsafeMutableRawPointer(bitPattern: mapping.begin), Int(mapping.end - mapping.begin),
                    Int32(MADV_DONTNEED))
            }
        }
    }

    /// The mappings of files that can be read and not written; whether they are unchanged only `smaps` says.
    private static func scan(_ path: String) -> [(mapping: Mapping, isUnchanged: Bool)] {
        guard let file = fopen(path, "re") else { return [] }
        defer { fclose(file) }
        var result: [(mapping: Mapping, isUnchanged: Bool)] = []
        var isOurs = false
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let line {
            if let found = mapping(line) {
                isOurs = found.isConstant
                if isOurs { result.append((found.mapping, false)) }
            } else if isOurs, strncmp(line, "Anonymous:", 10) == 0 {
                result[result.count - 1].isUnchanged = strtoul(line + 10, nil, 10) == 0
            }
        }
        return result
    }

    /// A line `begin-end rights offset device inode path`; nil for others.
    private static func mapping(_ line: UnsafeMutablePointer<CChar>) -> (mapping: Mapping, isConstant: Bool)? {
        var next: UnsafeMutablePointer<CChar>?
        let begin = strtoul(line, &next, 16)
        guard let dash = next, dash > line, dash.pointee == UInt8(ascii: "-") else { return nil }
        let end = strtoul(dash + 1, &next, 16)
        guard let rights = next, rights.pointee == UInt8(ascii: " "), end > begin else { return nil }
        let isConstant =
            rights[1] == UInt8(ascii: "r") && rights[2] == UInt8(ascii: "-") && rights[4] == UInt8(ascii: "p")
        let offset = strtoul(rights + 5, &next, 16)
        // The device, as two numbers, stands between.
        guard let device = next, let inodeText = strchr(device + 1, Int32(UInt8(ascii: " "))) else { return nil }
        let inode = strtoul(inodeText, nil, 10)
        return (Mapping(begin: begin, end: end, offset: offset, inode: inode), isConstant && inode != 0)
    }
}
