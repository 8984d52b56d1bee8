/// A shard as its manifest lists it.
package struct ShardEntry: Sendable, Hashable {
    /// The file's name, in the manifest's directory.
    package var file: String

    package var rowCount: Int

    /// The file's size.
    package var byteCount: Int

    /// XXH64 of the whole file.
    package var hash: UInt64

    /// XXH64 of the first frame and the seek table, one after the other: what opening reads.
    package var indexHash: UInt64

    /// An entry of a manifest.
    package init(file: String, rowCount: Int, byteCount: Int, hash: UInt64, indexHash: UInt64) {
        self.file = file
        self.rowCount = rowCount
        self.byteCount = byteCount
        self.hash = hash
        self.indexHash = indexHash
    }
}
