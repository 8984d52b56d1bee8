/// How an image lies on the canvas that is scaled to the asked size: it may be cut, or lie between margins of zeros.
///
/// The integer arithmetic is that of Keras's `ops.image.resize` with `crop_to_aspect_ratio` and `pad_to_aspect_ratio`.
struct ImagePlacement: Hashable {
    /// One axis: the pixels from `first` of the source are the pixels `margin ..< margin + count` of the canvas.
    struct Axis: Hashable {
        var canvas: Int
        var first: Int
        var count: Int
        var margin: Int

        init(whole extent: Int) {
            self.init(canvas: extent, first: 0, count: extent, margin: 0)
        }

        init(canvas: Int, first: Int, count: Int, margin: Int) {
            self.canvas = canvas
            self.first = first
            self.count = count
            self.margin = margin
        }

        init(cropping extent: Int, to part: Int) {
            let part = max(min(extent, part), 1)
            self.init(canvas: part, first: (extent - part) / 2, count: part, margin: 0)
        }

        init(padding extent: Int, to canvas: Int) {
            let canvas = max(extent, canvas)
            self.init(canvas: canvas, first: 0, count: extent, margin: (canvas - extent) / 2)
        }
    }

    /// The longest side of a canvas with margins: a line of a million pixels would have no end otherwise.
    private static let longestSide = 1 << 24

    var vertical: Axis
    var horizontal: Axis

    /// Places an image of `height` x `width` pixels, which both are at most a million.
    init(height: Int, width: Int, size: ImageSize, mode: ResizeMode) throws(ImageError) {
        let wantedHeight = width * size.height / size.width
        let wantedWidth = height * size.width / size.height
        switch mode {
        case .stretch:
            vertical = Axis(whole: height)
            horizontal = Axis(whole: width)
        case .crop:
            vertical = Axis(cropping: height, to: wantedHeight)
            horizontal = Axis(cropping: width, to: wantedWidth)
        case .pad:
            vertical = Axis(padding: height, to: wantedHeight)
            horizontal = Axis(padding: width, to: wantedWidth)
            guard max(vertical.canvas, horizontal.canvas) <= Self.longestSide else {
                throw .tooLarge(
                    height: vertical.canvas, width: horizontal.canvas,
                    limit: "\(Self.longestSide) on a side when it is padded to the aspect ratio of \(size)")
            }
        }
    }
}
