public import Augmentation
public import Memory

/// A column of a dataset: what one of its rows looks like, as it is stored, and what a batch makes of it.
public struct ColumnInfo: Sendable, Hashable {
    /// The name under which models and messages know the column.
    public var name: String

    /// The stored type of the elements.
    public var type: ScalarType

    /// The extents of one stored row; empty for one number a row.
    public var rowShape: Shape

    /// What happens to the values on their way into a batch.
    public var conversion: ColumnConversion

    /// How rows that are stored with different first extents became rows of `rowShape`; nil for all other columns.
    ///
    /// With `.longest` the first extent of `rowShape` is that of the longest row of all, and a batch's that of the longest
    /// row in it.
    public var padding: RowPadding?

    /// What is done to the rows behind their conversion while a model is trained; nil for nothing. See
    /// `Source.augmented(by:column:)`.
    public internal(set) var augmentation: AugmentationSpec?

    /// Whether `augmentation` ends with what a model's own random layers do.
    package internal(set) var isAugmentedByModel = false

    /// Describes a column.
    public init(
        name: String, type: ScalarType, rowShape: Shape, conversion: ColumnConversion = .identity,
        padding: RowPadding? = nil
    ) {
        self.name = name
        self.type = type
        self.rowShape = rowShape
        self.conversion = conversion
        self.padding = padding
    }

    /// Stored bytes of one decoded row.
    public var rowBytes: Int { rowShape.elementCount * type.byteCount }

    /// The extents of one row in a batch.
    ///
    /// Like the stored ones, but one-hot rows have an axis of classes more (instead of a last axis of extent 1, as in
    /// Keras's `to_categorical`), and class numbers made of them one less.
    public var batchRowShape: Shape {
        switch conversion {
        case .identity, .scale, .cast: return augmentation?.outputShape(of: rowShape) ?? rowShape
        case .oneHot(let classes):
            // The axis of the steps of padded rows stays, also when there is one step.
            let isValue = rowShape.dimensions.last == 1 && (padding == nil || rowShape.rank > 1)
            let axes = isValue ? Array(rowShape.dimensions.dropLast()) : rowShape.dimensions
            return Shape(axes + [classes])
        case .sparse: return Shape(Array(rowShape.dimensions.dropLast()))
        }
    }

    /// The type in a batch, float32 or int32, where the conversion decides it; nil where the column's role does: weights
    /// are float32, inputs and targets what `BatchOptions.inputTypes` and `targetTypes` say.
    public var batchType: ScalarType? {
        switch conversion {
        case .identity: augmentation == nil ? nil : .float32
        case .scale, .oneHot: .float32
        case .cast(let type): type
        case .sparse: .int32
        }
    }

    /// `int64 rows of shape (10,)`, and the conversion.
    var summary: String {
        var text = rowShape.rank == 0 ? "\(type), one number a row" : "\(type), rows of shape \(rowShape)"
        if let padding { text += ", padded to \(padding)" }
        return conversion == .identity ? text : "\(text), \(conversion)"
    }
}
