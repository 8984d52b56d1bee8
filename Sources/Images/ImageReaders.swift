internal import CImages

/// Rows of pixels of one JPEG file after the other.
@safe
struct JPEGReader: ~Copyable {
    private let handle: OpaquePointer

    init() {
        guard let handle = unsafe millrace_jpeg_create() else { fatalError("JPEGReader: out of memory") }
        unsafe self.handle = handle
    }

    deinit { unsafe millrace_jpeg_destroy(handle) }

    /// Begins a file that stays in memory until `end()`, at 1 / `denominator` of its size.
    mutating func begin(
        _ bytes: UnsafeRawBufferPointer, denominator: Int, channels: Int
    ) throws(ImageError) -> millrace_image_layout {
        var layout = millrace_image_layout()
        let status = unsafe millrace_jpeg_begin(
            handle, bytes.assumingMemoryBound(to: UInt8.self).baseAddress, bytes.count, Int32(denominator),
            Int32(channels), &layout)
        guard status == 0 else { throw failure() }
        return layout
    }

    /// Reads the next `count` rows into memory that has room for them.
    mutating func read(_ rows: UnsafeMutableRawBufferPointer, stride: Int, count: Int) throws(ImageError) {
        precondition(count * stride <= rows.count, "JPEGReader: \(count) rows of \(stride) bytes do not fit")
        let address = unsafe rows.assumingMemoryBound(to: UInt8.self).baseAddress
        guard unsafe millrace_jpeg_read(handle, address, stride, UInt32(count)) == 0 else { throw failure() }
    }

    /// Gives up the image, and the memory that the decoder took for it.
    mutating func end() { unsafe millrace_jpeg_end(handle) }

    private func failure() -> ImageError { .corrupt(.jpeg, unsafe String(cString: millrace_jpeg_message(handle))) }
}

/// Rows of pixels of one PNG file after the other.
@safe
struct PNGReader: ~Copyable {
    private let handle: OpaquePointer

    init() {
        guard let handle = unsafe millrace_png_create() else { fatalError("PNGReader: out of memory") }
        unsafe self.handle = handle
    }

    deinit { unsafe millrace_png_destroy(handle) }

    /// Begins a file that stays in memory until `end()`.
    mutating func begin(_ bytes: UnsafeRawBufferPointer, channels: Int) throws(ImageError) -> millrace_image_layout {
        var layout = millrace_image_layout()
        let status = unsafe millrace_png_begin(
            handle, bytes.assumingMemoryBound(to: UInt8.self).baseAddress, bytes.count, Int32(channels), &layout)
        guard status == 0 else { throw failure() }
        return layout
    }

    /// Reads the next `count` rows into memory that has room for them; of an interlaced image all at once.
    mutating func read(_ rows: UnsafeMutableRawBufferPointer, stride: Int, count: Int) throws(ImageError) {
        precondition(count * stride <= rows.count, "PNGReader: \(count) rows of \(stride) bytes do not fit")
        let address = unsafe rows.assumingMemoryBound(to: UInt8.self).baseAddress
        guard unsafe millrace_png_read(handle, address, stride, UInt32(count)) == 0 else { throw failure() }
    }

    /// Checks that the file is whole behind the last row: checksums and the final chunk.
    mutating func finish() throws(ImageError) {
        guard unsafe millrace_png_finish(handle) == 0 else { throw failure() }
    }

    /// Gives up the image, and the memory that the decoder took for it.
    mutating func end() { unsafe millrace_png_end(handle) }

    private func failure() -> ImageError { .corrupt(.png, unsafe String(cString: millrace_png_message(handle))) }
}
