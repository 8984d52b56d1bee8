import Glibc

/// Advice to the kernel about its page cache. Advice never fails: where the system does not follow it, reading is slower.
extension FileBytes {
    /// Starts to read the bytes of `ranges` into the page cache and returns at once.
    package func willNeed(_ ranges: [Range<Int>]) {
        for range in ranges where !range.isEmpty {
            _ = posix_fadvise(descriptor, off_t(range.lowerBound), off_t(range.count), Int32(POSIX_FADV_WILLNEED))
        }
    }

    /// Removes whole pages inside `range` from the page cache, for every reader of the file.
    package func dropCached(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        _ = posix_fadvise(descriptor, off_t(range.lowerBound), off_t(range.count), Int32(POSIX_FADV_DONTNEED))
    }

    /// Says that `ranges` were used and will not be used again soon: their pages leave the page cache. A page that other
    /// data shares leaves it when that was used too.
    package func didUse(_ ranges: [Range<Int>]) {
        guard !ranges.isEmpty else { return }
        let dropped = dropBehind.update { state in ranges.flatMap { state.use($0) } }
        for range in dropped { dropCached(range) }
    }
}
