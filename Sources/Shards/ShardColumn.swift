public import Memory

/// A column of a dataset of shards: what one of its rows is.
public struct ShardColumn: Sendable, Hashable {
    /// What the bytes of an encoded column are.
    public enum Encoding: String, Sendable, Hashable, CaseIterable {
        /// A JPEG or PNG file, decoded to 8-bit channels while training.
        case image
        /// UTF-8 text.
        case text
    }

    /// The name under which models and messages know the column.
    public var name: String

    /// The type of the elements; `uint8` for bytes.
    public var type: ScalarType

    /// The extents of one row; empty for one number a row. Of a ragged column, the extents behind the first axis.
    public var rowShape: Shape

    /// Whether rows have different extents along a first axis of their own.
    public var isRagged: Bool

    /// Whether a row is a string of bytes (type `bytes`), and not an array of numbers. Such a column is ragged.
    public var isBytes: Bool

    /// What the bytes are, where that is known.
    public var encoding: Encoding?

    /// A column of arrays of equal extents.
    public init(_ name: String, _ type: ScalarType, rowShape: Shape = []) {
        self.init(name: name, type: type, rowShape: rowShape, isRagged: false, isBytes: false, encoding: nil)
    }

    /// A column of arrays whose first extents differ from row to row; `elementShape` are the others.
    public init(ragged name: String, _ type: ScalarType, elementShape: Shape = []) {
        self.init(name: name, type: type, rowShape: elementShape, isRagged: true, isBytes: false, encoding: nil)
    }

    /// A column of strings of bytes.
    public init(bytes name: String, encoding: Encoding? = nil) {
        self.init(name: name, type: .uint8, rowShape: [], isRagged: true, isBytes: true, encoding: encoding)
    }

    private init(
        name: String, type: ScalarType, rowShape: Shape, isRagged: Bool, isBytes: Bool, encoding: Encoding?
    ) {
        self.name = name
        self.type = type
        self.rowShape = rowShape
        self.isRagged = isRagged
        self.isBytes = isBytes
        self.encoding = encoding
    }

    /// Bytes of one row, or of one step along the first axis of a ragged one.
    public var itemBytes: Int { rowShape.elementCount * type.byteCount }
}
