internal import Files

/// What a reader tells the kernel about its page cache, and asks about the file.
extension ShardFile {
    /// Bytes of a shard that drops what was read, besides `heldBytes`.
    package static let dropBehindBytes = 16 * ShardBytes.rememberedPages

    /// Where the frames of neighbouring columns of a block lie in the file.
    package func range(block: Int, columns: Range<Int>) -> Range<Int> {
        let start = index.offsets[block] + storedBytes(block: block, columns: 0..<columns.lowerBound)
        return start..<start + storedBytes(block: block, columns: columns)
    }

    /// Starts to read bytes of the file into the page cache and returns at once.
    package func willNeed(_ ranges: [Range<Int>]) { bytes.file.willNeed(ranges) }

    /// Says that bytes of the file were used and will not be used again soon: they leave the page cache.
    package func didUse(_ ranges: [Range<Int>]) { bytes.file.didUse(ranges) }

    /// Throws `damaged` when the file was written to since it was opened.
    package func checkUnchanged() throws(ShardError) {
        do throws(FileError) { try bytes.file.checkUnchanged() } catch { throw ShardError(error) }
    }
}
