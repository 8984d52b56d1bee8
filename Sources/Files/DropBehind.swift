/// Which pages of a file may leave the page cache after parts of them were used.
///
/// Neighbouring chunks share pages, and in a shuffled pass they are read far apart. A page of which a part was used is
/// remembered until all of it was: dropped before, it would be read twice. A limited number is remembered; beyond that
/// the page that was remembered longest in its place is dropped early. Pages that also hold metadata never become full
/// and stay until then. A kernel that caches a file in units larger than a page keeps a unit of which only some pages
/// were dropped (seen on ext4, Linux 6.18, for data that was just written, not for data that was read from the disk).
package struct DropBehind: Sendable {
    private struct Partial {
        var page = -1
        var byteCount = 0
    }

    /// Pages that are remembered unless something else is asked: 256 KiB here.
    package static let rememberedPages = 1 << 14

    private let byteCount: Int
    private let pageSize: Int
    private let slotCount: Int

    // A table indexed by the page's low bits. Empty until a reader drops anything.
    private var partials: [Partial] = []

    /// For a file of `byteCount` bytes; `rememberedPages` is a power of two.
    package init(byteCount: Int, pageSize: Int, rememberedPages: Int = rememberedPages) {
        precondition(
            rememberedPages > 0 && rememberedPages & (rememberedPages - 1) == 0,
            "DropBehind: \(rememberedPages) pages to remember")
        self.byteCount = byteCount
        self.pageSize = pageSize
        slotCount = rememberedPages
    }

    /// Notes that the bytes of `range` were used; returns ranges of whole pages to drop.
    package mutating func use(_ range: Range<Int>) -> [Range<Int>] {
        let range = range.clamped(to: 0..<byteCount)
        guard !range.isEmpty else { return [] }
        if partials.isEmpty { partials = [Partial](repeating: Partial(), count: slotCount) }
        let firstPage = range.lowerBound / pageSize
        let lastPage = (range.upperBound - 1) / pageSize
        var dropped: [Range<Int>] = []
        var wholeStart = firstPage
        var wholeEnd = lastPage + 1
        if !covers(range, page: firstPage) {
            wholeStart += 1
            note(range, page: firstPage, into: &dropped)
        }
        if lastPage >= wholeStart, !covers(range, page: lastPage) {
            wholeEnd -= 1
            note(range, page: lastPage, into: &dropped)
        }
        if wholeStart < wholeEnd { dropped.append((wholeStart * pageSize)..<(wholeEnd * pageSize)) }
        return dropped
    }

    // The file's bytes in a page: fewer than a page at the end.
    private func extent(of page: Int) -> Range<Int> { (page * pageSize)..<min((page + 1) * pageSize, byteCount) }

    private func covers(_ range: Range<Int>, page: Int) -> Bool {
        range.clamped(to: extent(of: page)) == extent(of: page)
    }

    private mutating func note(_ range: Range<Int>, page: Int, into dropped: inout [Range<Int>]) {
        let extent = extent(of: page)
        let slot = page & (slotCount - 1)
        if partials[slot].page != page {
            let old = partials[slot].page
            if old >= 0 { dropped.append((old * pageSize)..<((old + 1) * pageSize)) }
            partials[slot] = Partial(page: page, byteCount: 0)
        }
        partials[slot].byteCount += range.clamped(to: extent).count
        if partials[slot].byteCount >= extent.count {
            dropped.append((page * pageSize)..<((page + 1) * pageSize))
            partials[slot] = Partial()
        }
    }
}
