internal import Memory

/// How the values of a row lie: as an image, as steps of a series, or as so many numbers.
struct RowView {
    var height = 1
    var width = 1
    var channels = 1
    /// Of all images on the way.
    private(set) var largestCount = 1
    private(set) var largestWidth = 1
    private(set) var largestHeight = 1

    /// Refuses operations that such rows do not have.
    init(_ shape: Shape, for spec: AugmentationSpec) throws(AugmentationError) {
        let isSmall = shape.dimensions.allSatisfy { (1...65_535).contains($0) }
        let isImage = (2...3).contains(shape.rank) && isSmall
        for operation in spec.operations { if let problem = operation.problem { throw AugmentationError(problem) } }
        let series = spec.operations.first { $0.demand == .series }
        if let series {
            guard (1...2).contains(shape.rank), shape[0] > 0 else {
                throw AugmentationError(
                    "\(series.name) needs series (steps) or (steps, features), found rows of shape \(shape); shift moves "
                        + "images")
            }
        }
        let isPicture = isImage && series == nil
        if !isPicture, let other = spec.operations.first(where: { $0.demand == .images || $0.demand == .colors }) {
            let why = series.map { ", and \($0.name) says that the rows are series" } ?? ""
            throw AugmentationError(
                "\(other.name) needs images (height, width, channels) or (height, width), found rows of shape \(shape)\(why)"
                    + "; noise, scale, dropout and time-shift apply to rows of numbers and to series")
        }
        if isPicture {
            (height, width, channels) = (shape[0], shape[1], shape.rank == 3 ? shape[2] : 1)
        } else if shape.rank > 0 {
            (height, channels) = (shape[0], shape.elementCount / max(1, shape[0]))
        }
        let color = spec.operations.first { $0.demand == .colors }
        if let color, channels != 1, channels != 3 {
            throw AugmentationError(
                "\(color.name) needs images of 1 channel, which it leaves alone, or of red, green and blue; found "
                    + "\(channels) channels")
        }
        var (height, width) = (self.height, self.width)
        (largestCount, largestWidth, largestHeight) = (height * width * channels, width, height)
        for operation in spec.operations {
            switch operation {
            case .crop(let cropHeight, let cropWidth), .centerCrop(let cropHeight, let cropWidth):
                guard cropHeight <= height, cropWidth <= width else {
                    throw AugmentationError("\(operation) is larger than the images of \(height) x \(width)")
                }
                (height, width) = (cropHeight, cropWidth)
            case .place(_, _, let newHeight, let newWidth):
                (height, width) = (newHeight, newWidth)
                largestCount = max(largestCount, height * width * channels)
                largestWidth = max(largestWidth, width)
                largestHeight = max(largestHeight, height)
            case .erase(_, _, let fill?):
                guard fill.count == 1 || fill.count == channels else {
                    throw AugmentationError(
                        "erase fills with \(fill.count) values, expected 1 or one for each of the \(channels) channels")
                }
            default: continue
            }
        }
    }
}
