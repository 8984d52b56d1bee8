internal import CImages
internal import CKernels
internal import Memory

/// Decodes JPEG and PNG files in memory to 8-bit pixels: height x width x channels, rows from the top.
///
/// One object per worker thread: it owns the libraries' state and scratch memory. Rows are converted and resized as they
/// are decoded, so that an image that is made smaller is never in memory as a whole, unless it is interlaced or has to be
/// turned. Damaged and truncated images are errors.
@safe
package struct ImageDecoder: ~Copyable {
    private var jpeg = JPEGReader()
    private var png = PNGReader()
    private var resizer = ImageResizer()
    private let strip = GrowableBytes()
    private let image = GrowableBytes()
    private let turned = GrowableBytes()

    private static let stripRows = MILLRACE_RESAMPLE_ROWS

    /// Scratch memory that is not given back after an image.
    private static let keptBytes = 16 << 20

    /// A decoder without scratch memory yet.
    package init() {}

    /// Bytes of scratch memory held, without those of the libraries.
    package var capacity: Int { strip.capacity + image.capacity + turned.capacity + resizer.capacity }

    /// The size of the pixels that `decode` makes of an image.
    package static func size(of info: ImageInfo, options: ImageOptions) -> (height: Int, width: Int) {
        options.size.map { ($0.height, $0.width) } ?? (info.height, info.width)
    }

    /// Decodes a whole file into `output`, which has exactly the bytes of the result: the size that the options ask for,
    /// else that of `ImageInfo(probing:)`, times the channels.
    package mutating func decode(
        _ bytes: UnsafeRawBufferPointer, options: ImageOptions, into output: UnsafeMutableRawBufferPointer
    ) throws(ImageError) {
        let info = try unsafe ImageInfo(probing: bytes, pixelLimit: options.pixelLimit)
        try unsafe decode(bytes, info: info, options: options, into: output)
    }

    /// The same, of a file that was probed before.
    package mutating func decode(
        _ bytes: UnsafeRawBufferPointer, info: ImageInfo, options: ImageOptions,
        into output: UnsafeMutableRawBufferPointer
    ) throws(ImageError) {
        let size = Self.size(of: info, options: options)
        let channels = options.channels.rawValue
        precondition(
            output.count == size.height * size.width * channels,
            "ImageDecoder: \(output.count) bytes for an image of \(size.height) x \(size.width) x \(channels)")
        defer { giveBack() }
        let layout = try unsafe begin(bytes, info: info, options: options)
        defer { end(info.kind) }
        let isWhole = layout.is_interlaced != 0 || info.orientation != 1
        let isResized = options.size.map { ($0.height, $0.width) != Self.seen(layout, info.orientation) } ?? false
        if isResized, let target = options.size {
            let (height, width) = Self.seen(layout, info.orientation)
            try resizer.begin(height: height, width: width, channels: channels, to: target, mode: options.resizeMode)
        }
        if isWhole {
            try unsafe readWhole(layout, info: info, channels: channels, isResized: isResized, into: output)
        } else {
            try unsafe readStrips(layout, kind: info.kind, channels: channels, isResized: isResized, into: output)
        }
        if info.kind == .png { try png.finish() }
        if isResized { unsafe resizer.finish(into: output) }
    }

    private mutating func begin(
        _ bytes: UnsafeRawBufferPointer, info: ImageInfo, options: ImageOptions
    ) throws(ImageError) -> millrace_image_layout {
        let denominator = Self.denominator(info, options)
        let layout =
            switch info.kind {
            case .jpeg:
                try unsafe jpeg.begin(bytes, denominator: denominator, channels: options.channels.rawValue)
            case .png: try unsafe png.begin(bytes, channels: options.channels.rawValue)
            }
        let expected = (Self.reduced(info.storedHeight, denominator), Self.reduced(info.storedWidth, denominator))
        guard (Int(layout.height), Int(layout.width)) == expected else {
            end(info.kind)
            throw .corrupt(info.kind, "two headers disagree about its size")
        }
        return layout
    }

    private mutating func end(_ kind: ImageInfo.Kind) {
        switch kind {
        case .jpeg: jpeg.end()
        case .png: png.end()
        }
    }

    private mutating func read(
        _ kind: ImageInfo.Kind, _ rows: UnsafeMutableRawBufferPointer, stride: Int, count: Int
    ) throws(ImageError) {
        switch kind {
        case .jpeg: try unsafe jpeg.read(rows, stride: stride, count: count)
        case .png: try unsafe png.read(rows, stride: stride, count: count)
        }
    }

    // Some rows at a time: read, converted, and resized or copied.
    private mutating func readStrips(
        _ layout: millrace_image_layout, kind: ImageInfo.Kind, channels: Int, isResized: Bool,
        into output: UnsafeMutableRawBufferPointer
    ) throws(ImageError) {
        let (height, width) = (Int(layout.height), Int(layout.width))
        let stride = width * Int(layout.channels)
        let isDirect = !isResized && Int(layout.channels) == channels && layout.is_cmyk == 0
        if isDirect { return try unsafe read(kind, output, stride: stride, count: height) }
        strip.truncate(to: 0)
        let rows = unsafe strip.extend(by: Self.stripRows * stride)
        for first in Swift.stride(from: 0, to: height, by: Self.stripRows) {
            let count = min(Self.stripRows, height - first)
            try unsafe read(kind, rows, stride: stride, count: count)
            unsafe Self.convert(rows, layout: layout, pixels: count * width, channels: channels)
            let converted = unsafe UnsafeMutableRawBufferPointer(rebasing: rows[..<(count * width * channels)])
            if isResized {
                unsafe resizer.add(converted, count: count)
            } else {
                let start = first * width * channels
                unsafe UnsafeMutableRawBufferPointer(rebasing: output[start..<start + converted.count])
                    .copyMemory(from: UnsafeRawBufferPointer(converted))
            }
        }
    }

    // The whole image in memory, converted and turned, then resized or copied.
    private mutating func readWhole(
        _ layout: millrace_image_layout, info: ImageInfo, channels: Int, isResized: Bool,
        into output: UnsafeMutableRawBufferPointer
    ) throws(ImageError) {
        let (height, width) = (Int(layout.height), Int(layout.width))
        let stride = width * Int(layout.channels)
        image.truncate(to: 0)
        let stored = unsafe image.extend(by: height * stride)
        try unsafe read(info.kind, stored, stride: stride, count: height)
        unsafe Self.convert(stored, layout: layout, pixels: height * width, channels: channels)
        let pixels = unsafe UnsafeMutableRawBufferPointer(rebasing: stored[..<(height * width * channels)])
        turned.truncate(to: 0)
        let target = unsafe isResized ? turned.extend(by: pixels.count) : output
        unsafe millrace_orient(
            pixels.assumingMemoryBound(to: UInt8.self).baseAddress,
            target.assumingMemoryBound(to: UInt8.self).baseAddress, height, width, channels, Int32(info.orientation))
        guard isResized else { return }
        let seen = Self.seen(layout, info.orientation)
        let length = seen.width * channels
        for first in Swift.stride(from: 0, to: seen.height, by: Self.stripRows) {
            let count = min(Self.stripRows, seen.height - first)
            unsafe resizer.add(
                UnsafeMutableRawBufferPointer(rebasing: target[first * length..<(first + count) * length]),
                count: count)
        }
    }

    // Rows as the libraries give them to rows of the asked channels, in place: pixels never grow.
    private static func convert(
        _ rows: UnsafeMutableRawBufferPointer, layout: millrace_image_layout, pixels: Int, channels: Int
    ) {
        let bytes = unsafe rows.assumingMemoryBound(to: UInt8.self).baseAddress
        if layout.is_cmyk != 0 {
            unsafe millrace_cmyk_to_rgb(bytes, bytes, pixels, Int32(channels == 4 ? 4 : 3))
            if channels == 1 { unsafe millrace_rgb_to_grey(bytes, bytes, pixels) }
        } else if Int(layout.channels) == 3, channels == 1 {
            unsafe millrace_rgb_to_grey(bytes, bytes, pixels)
        }
    }

    private static func seen(_ layout: millrace_image_layout, _ orientation: Int) -> (height: Int, width: Int) {
        let (height, width) = (Int(layout.height), Int(layout.width))
        return orientation >= 5 ? (width, height) : (height, width)
    }

    private static func reduced(_ extent: Int, _ denominator: Int) -> Int { (extent + denominator - 1) / denominator }

    // The strongest reduction that leaves twice the size that the visible part is scaled to.
    private static func denominator(_ info: ImageInfo, _ options: ImageOptions) -> Int {
        guard options.reducesWhileDecoding, info.kind == .jpeg, let size = options.size else { return 1 }
        return [8, 4, 2].first { denominator in
            reduced(info.height, denominator) >= 2 * size.height && reduced(info.width, denominator) >= 2 * size.width
        } ?? 1
    }

    // One large image should not hold its memory for the rest of a run.
    private mutating func giveBack() {
        guard capacity > Self.keptBytes else { return }
        strip.release()
        image.release()
        turned.release()
        resizer.release()
    }
}
