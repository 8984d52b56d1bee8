internal import CKernels

/// What takes the place of a rectangle's pixels.
struct ErasedRectangle {
    let rows: Range<Int>
    let columns: Range<Int>
    private let content: Content

    private enum Content {
        case noise(key: UInt64, ClosedRange<Float>)
        case values([Float])
    }

    /// Nil for changes of all of an image.
    init?(_ change: DrawnAugmentation.ValueChange) {
        switch change {
        case .erase(let rows, let columns, let key, let range):
            (self.rows, self.columns, content) = (rows, columns, .noise(key: key, range))
        case .fill(let rows, let columns, let values):
            (self.rows, self.columns, content) = (rows, columns, .values(values))
        default: return nil
        }
    }

    /// Writes the part of a row that lies in the rectangle.
    func fill(_ row: Int, _ start: UnsafeMutablePointer<Float>, _ channels: Int) {
        let count = columns.count * channels
        switch content {
        case .noise(let key, let range):
            millrace_fill_normal(
                start, count, key &+ UInt64(row) &* 0xd134_2543_de82_ef95, range.upperBound, range.lowerBound,
                range.upperBound)
        case .values(let values):
            for index in 0..<count { start[index] = values[index % channels % values.count] }
        }
    }
}
