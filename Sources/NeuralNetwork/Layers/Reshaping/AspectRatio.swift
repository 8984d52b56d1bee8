import Engine
import Memory

/// Images (batch, height, width, channels) in another aspect ratio. Extents and places are rounded as in Keras: sizes to
/// the whole number below, margins to the smaller half.
extension Tensor {
    /// The largest part in the middle that has the aspect ratio of `width` to `height`.
    func croppedToAspectRatio(height: Int, width: Int) -> Tensor {
        let (rows, columns) = (shape[1], shape[2])
        let cropped = (
            height: Swift.max(Swift.min(rows, columns * height / width), 1),
            width: Swift.max(Swift.min(columns, rows * width / height), 1)
        )
        return sliced(
            begin: [0, (rows - cropped.height) / 2, (columns - cropped.width) / 2, 0],
            shape: [shape[0], cropped.height, cropped.width, shape[3]])
    }

    /// The images with margins of a value above and below, or else left and right, so that they have the aspect ratio of
    /// `width` to `height` or, where margins cannot be equal, almost.
    func paddedToAspectRatio(height: Int, width: Int, value: Float) -> Tensor {
        let (rows, columns) = (shape[1], shape[2])
        let vertical = (Swift.max(rows, columns * height / width) - rows) / 2
        let horizontal = vertical > 0 ? 0 : (Swift.max(columns, rows * width / height) - columns) / 2
        let margins = [0, vertical, horizontal, 0]
        return padded(before: margins, after: margins, value: value)
    }
}
