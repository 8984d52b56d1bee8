internal import CKernels
internal import Memory

/// Brings images of 8-bit channels to another size: bilinear with antialiasing, one axis after the other in fixed point.
///
/// The result equals Pillow's `Image.resize` with BILINEAR; four channels are RGBA, whose colours are weighted by their
/// alpha, as Pillow does it. One object per worker: it keeps the weights of the last sizes and its scratch memory, which
/// grows to `channels` x (source height x target width + 16 x (source width + target width)) bytes.
@safe
package struct ImageResizer: ~Copyable {
    private struct Job: Hashable {
        var placement: ImagePlacement
        var size: ImageSize
    }

    private var job: Job?
    private var horizontal: ResampleAxis?
    private var vertical: ResampleAxis?
    private var channels = 0
    private var sourceWidth = 0
    private var nextRow = 0
    private var middleRows = 0
    private let middle = GrowableBytes()
    private let scratch = GrowableBytes()

    /// No scratch memory yet.
    package init() {}

    /// Bytes of scratch memory held.
    package var capacity: Int { middle.capacity + scratch.capacity }

    /// Resizes a whole image in memory, rows one after the other; `output` has size.height x size.width x channels bytes.
    package mutating func resize(
        _ image: UnsafeRawBufferPointer, height: Int, width: Int, channels: Int, to size: ImageSize, mode: ResizeMode,
        into output: UnsafeMutableRawBufferPointer
    ) throws(ImageError) {
        let stride = width * channels
        precondition(image.count == height * stride, "ImageResizer: \(image.count) bytes of an image")
        try begin(height: height, width: width, channels: channels, to: size, mode: mode)
        let strip = GrowableBytes()
        let copy = unsafe strip.extend(by: MILLRACE_RESAMPLE_ROWS * stride)
        for first in Swift.stride(from: 0, to: height, by: MILLRACE_RESAMPLE_ROWS) {
            let count = min(MILLRACE_RESAMPLE_ROWS, height - first)
            unsafe copy.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: image[first * stride..<(first + count) * stride]))
            unsafe add(copy, count: count)
        }
        unsafe finish(into: output)
    }

    /// Memory that resizing one image may take.
    private static let mostMiddleBytes = 128 << 20

    /// Begins an image of which the rows follow by `add`. Throws `tooLarge` when that takes more than 128 MiB.
    mutating func begin(height: Int, width: Int, channels: Int, to size: ImageSize, mode: ResizeMode) throws(ImageError)
    {
        let placement = try ImagePlacement(height: height, width: width, size: size, mode: mode)
        // All rows are brought to the new width before they become fewer: of a very high image many bytes at once.
        guard placement.vertical.count <= Self.mostMiddleBytes / (size.width * channels) else {
            throw .tooLarge(
                height: height, width: width,
                limit: "\(Self.mostMiddleBytes / (size.width * channels)) rows that are \(size.width) wide")
        }
        let job = Job(placement: placement, size: size)
        if self.job != job {
            horizontal = ResampleAxis(placement.horizontal, outputs: size.width)
            vertical = ResampleAxis(placement.vertical, outputs: size.height)
            self.job = job
        }
        self.channels = channels
        sourceWidth = width
        nextRow = 0
        middleRows = 0
        middle.truncate(to: 0)
        scratch.truncate(to: 0)
        _ = unsafe middle.extend(by: placement.vertical.count * size.width * channels)
        _ = unsafe scratch.extend(
            by: MILLRACE_RESAMPLE_ROWS * channels * (placement.horizontal.count + size.width))
    }

    /// Takes the next `count` rows of the image, at most 16, which lie one after the other. Their bytes may change.
    mutating func add(_ rows: UnsafeMutableRawBufferPointer, count: Int) {
        guard let job, let horizontal else { preconditionFailure("ImageResizer: rows before an image") }
        let (channels, width, axis) = (channels, job.placement.horizontal.count, job.placement.vertical)
        let wanted = max(nextRow, axis.first)..<max(nextRow, axis.first, min(nextRow + count, axis.first + axis.count))
        defer { nextRow += count }
        guard !wanted.isEmpty else { return }
        let stride = sourceWidth * channels
        let first = (wanted.lowerBound - nextRow) * stride
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: rows[first..<first + wanted.count * stride])
        let source = unsafe part.assumingMemoryBound(to: UInt8.self).baseAddress
        if channels == 4, !isIdentity { unsafe millrace_premultiply(source, wanted.count * sourceWidth) }
        let outputStride = job.size.width * channels
        let output = unsafe middle.mutableBytes.assumingMemoryBound(to: UInt8.self)
        let target = unsafe output.baseAddress.map { unsafe $0 + middleRows * outputStride }
        middleRows += wanted.count
        let start = unsafe source.map { unsafe $0 + job.placement.horizontal.first * channels }
        if horizontal.isIdentity {
            for row in 0..<wanted.count {
                guard let start = unsafe start, let target = unsafe target else { continue }
                unsafe (target + row * outputStride).update(from: start + row * stride, count: outputStride)
            }
            return
        }
        let room = unsafe scratch.mutableBytes.assumingMemoryBound(to: UInt8.self).baseAddress
        unsafe horizontal.withKernelAxis { axis in
            unsafe millrace_resample_rows(
                axis, start, stride, wanted.count, channels, width, target, outputStride, room)
        }
    }

    /// Writes the result: size.height x size.width x channels bytes.
    mutating func finish(into output: UnsafeMutableRawBufferPointer) {
        guard let job, let vertical else { preconditionFailure("ImageResizer: the end before an image") }
        let stride = job.size.width * channels
        precondition(output.count == job.size.height * stride, "ImageResizer: \(output.count) bytes of a result")
        precondition(middleRows == job.placement.vertical.count, "ImageResizer: an end before the last row")
        if vertical.isIdentity {
            unsafe output.copyMemory(from: middle.bytes)
        } else {
            let source = unsafe middle.bytes.assumingMemoryBound(to: UInt8.self).baseAddress
            let target = unsafe output.assumingMemoryBound(to: UInt8.self).baseAddress
            unsafe vertical.withKernelAxis { axis in
                for row in 0..<job.size.height {
                    unsafe millrace_resample_column(axis, row, source, stride, target.map { unsafe $0 + row * stride })
                }
            }
        }
        if channels == 4, !isIdentity {
            unsafe millrace_unpremultiply(
                output.assumingMemoryBound(to: UInt8.self).baseAddress, job.size.height * job.size.width)
        }
    }

    /// Gives the scratch memory back.
    mutating func release() {
        middle.release()
        scratch.release()
    }

    // Whether nothing changes: then colours are not weighted by alpha either, which would lose some of their levels.
    private var isIdentity: Bool { horizontal?.isIdentity == true && vertical?.isIdentity == true }
}
