// Memory: scalar types, shapes, aligned buffers and the ledger that grants them.
//
// Everything above stores its large data in these types. This target imports nothing of the project and owns no
// threads. Who decides how many bytes an account may hold is not here: the planner in `Training` decides it.

/// The type of one element of a column or tensor, as it is stored.
public enum ScalarType: String, Sendable, Hashable, CaseIterable {
    case uint8, int8, uint16, int16, uint32, int32, uint64, int64
    case float16, bfloat16, float32, float64
    case bool

    /// Bytes of one element.
    public var byteCount: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16, .float16, .bfloat16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        }
    }

    /// Whether values are floating point numbers.
    public var isFloatingPoint: Bool {
        switch self {
        case .float16, .bfloat16, .float32, .float64: true
        default: false
        }
    }
}
