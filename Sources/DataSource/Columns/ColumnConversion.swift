public import Memory

/// What happens to a column's values on their way from stored rows into a batch.
public enum ColumnConversion: Sendable, Hashable, CustomStringConvertible {
    /// The values as they are.
    case identity

    /// `value × factor + offset`, computed in float32 and rounded after either operation.
    case scale(Float, offset: Float = 0)

    /// The values as `.float32`, rounded, or as `.int32`, which must hold them exactly.
    case cast(ScalarType)

    /// Class numbers 0 to `classes` − 1 become float32 rows with 1 at the number and 0 elsewhere. Any other value is an
    /// error that names it and its row.
    case oneHot(classes: Int)

    /// The reverse: rows over classes, one-hot or probabilities, become the int32 index of their largest value, the
    /// first one of equals. NaN is an error.
    case sparse

    /// `scaled by 0.5`, `one-hot of 10 classes`.
    public var description: String {
        switch self {
        case .identity: "as it is"
        case .scale(let factor, let offset): "scaled by \(factor)" + (offset == 0 ? "" : " plus \(offset)")
        case .cast(let type): "cast to \(type)"
        case .oneHot(let classes): "one-hot of \(classes) classes"
        case .sparse: "class numbers from rows over classes"
        }
    }

    /// Why this cannot be done to a column, or nil.
    func problem(with column: ColumnInfo) -> String? {
        switch self {
        case .identity: return nil
        case .scale(let factor, let offset):
            guard factor.isFinite, offset.isFinite else {
                return "expected finite numbers for scale and offset, found \(factor) and \(offset)"
            }
        case .cast(let type):
            guard type == .float32 || type == .int32 else {
                return "batches hold float32 and int32, it cannot be cast to \(type)"
            }
        case .oneHot(let classes):
            guard classes > 0, classes <= Int(Int32.max) else {
                return "expected a positive number of classes, found \(classes)"
            }
        case .sparse:
            guard column.padding == nil || column.rowShape.rank > 1 else {
                return "expected rows over classes to make class numbers of, found rows of different lengths"
            }
            guard let classes = column.rowShape.dimensions.last, classes > 0 else {
                return "expected rows over classes to make class numbers of, found one number a row"
            }
        }
        return nil
    }
}
