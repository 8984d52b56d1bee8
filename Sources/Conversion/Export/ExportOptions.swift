package import Memory

/// What an export is asked to do.
package struct ExportOptions: Sendable {
    /// The columns to write, in this order; nil for all.
    package var columns: [String]?

    /// The rows to write; nil for all.
    package var rows: Range<Int>?

    /// The level of gzip, 1...12; nil stores values as they are.
    package var level: Int? = 4

    /// Bytes of a chunk, about; at least one row. The default gives chunks of 64 to 256 KiB, of which the HDF5 library
    /// keeps some in its cache of a mebibyte.
    package var chunkBytes = 128 << 10

    /// Whether columns of text become lists of bytes, which may hold zero bytes; HDF5's text may not.
    package var writesTextAsBytes = false

    /// The most bytes that the process may hold at its peak.
    package var memory = ByteCount.mebibytes(512)

    /// Threads that decode and compress.
    package var workers = 1

    /// Replace a file that is there.
    package var overwrites = false

    /// The defaults.
    package init() {}
}
