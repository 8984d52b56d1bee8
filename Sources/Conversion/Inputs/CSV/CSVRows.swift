internal import Glibc
internal import Memory
internal import Shards

/// The values of the rows of one piece, column by column, before they go into a chunk.
final class CSVRows {
    private let columns: [ShardColumn]
    private let values: [GrowableBytes]
    private var lengths: [[Int]]
    /// Where each fixed column's values begin; its room was made for all rows.
    private let bases: UnsafeMutablePointer<UnsafeMutableRawPointer?>

    /// Where the numbers of a field go that the parser reads without a second look.
    struct Slot {
        enum Kind { case float32, float64, int64, other }
        var kind = Kind.other
        /// Of the first row, and bytes from one row to the next.
        var place: UnsafeMutableRawPointer?
        var stride = 0
    }

    /// One for each field.
    let slots: UnsafeMutablePointer<Slot>

    /// Whole rows.
    private(set) var count = 0

    /// - Parameter mostRows: more rows will not come.
    init(_ plan: CSVPlan, mostRows: Int) {
        let columns = plan.columns
        self.columns = columns
        values = columns.map { _ in GrowableBytes() }
        lengths = columns.map { _ in [] }
        bases = .allocate(capacity: columns.count)
        for (index, column) in columns.enumerated() {
            let room = column.isRagged ? nil : values[index].extend(by: mostRows * column.itemBytes).baseAddress
            (bases + index).initialize(to: room)
        }
        slots = .allocate(capacity: plan.targets.count)
        for (field, target) in plan.targets.enumerated() {
            var slot = Slot()
            if case .number(let type, let column, let offset) = target, let base = bases[column] {
                slot.place = base + offset
                slot.stride = columns[column].itemBytes
                slot.kind = type == .float32 ? .float32 : type == .float64 ? .float64 : type == .int64 ? .int64 : .other
            }
            (slots + field).initialize(to: slot)
        }
    }

    deinit {
        bases.deallocate()
        slots.deallocate()
    }

    /// The memory of the row that is being built, in a fixed column. The column has room for it.
    @inline(__always)
    func place(_ column: Int, _ itemBytes: Int) -> UnsafeMutableRawPointer? {
        bases[column].map { $0 + count * itemBytes }
    }

    /// Appends the text of the row that is being built.
    func append(_ text: UnsafeBufferPointer<UInt8>, column: Int) {
        values[column].append(UnsafeRawBufferPointer(text))
        lengths[column].append(text.count)
    }

    func endRow() { count += 1 }

    /// Forgets what the row that is being built has got.
    func dropRow() {
        for column in columns.indices where columns[column].isRagged && lengths[column].count > count {
            let length = lengths[column].removeLast()
            values[column].truncate(to: values[column].count - length)
        }
    }

    /// Moves all rows to the end of `chunk`.
    func move(to chunk: RowChunk) {
        for (index, column) in columns.enumerated() {
            if !column.isRagged { values[index].truncate(to: count * column.itemBytes) }
            chunk.append(values[index].bytes, column: index)
        }
        chunk.endRows(count, lengths: columns.indices.filter { columns[$0].isRagged }.map { lengths[$0] })
    }
}

extension ScalarType {
    /// Whether a value is one of this type; `place` gets it then. Floating point types round to the nearest.
    func store(_ value: Double, at place: UnsafeMutableRawPointer) -> Bool {
        switch self {
        case .float64: place.storeBytes(of: value, as: Double.self)
        case .float32: place.storeBytes(of: Float(value), as: Float.self)
        case .float16: place.storeBytes(of: Self.halfBits(value), as: UInt16.self)
        case .bfloat16:
            let bits = Float(value).bitPattern
            let rounded = value.isNaN ? bits | 0x40_0000 : bits &+ (0x7fff + (bits >> 16 & 1))
            place.storeBytes(of: UInt16(rounded >> 16), as: UInt16.self)
        default:
            guard let exact = Int64(exactly: value) else { return false }
            return store(exact.magnitude, isNegative: exact < 0, at: place)
        }
        return true
    }

    /// Stores an integer, given by magnitude and sign, in an integer type; false when it does not fit.
    func store(_ magnitude: UInt64, isNegative: Bool, at place: UnsafeMutableRawPointer) -> Bool {
        func put<Value: FixedWidthInteger>(_: Value.Type) -> Bool {
            let value = isNegative ? Value(exactly: -Int128(magnitude)) : Value(exactly: magnitude)
            guard let value else { return false }
            place.storeBytes(of: value, as: Value.self)
            return true
        }
        switch self {
        case .uint8: return put(UInt8.self)
        case .int8: return put(Int8.self)
        case .uint16: return put(UInt16.self)
        case .int16: return put(Int16.self)
        case .uint32: return put(UInt32.self)
        case .int32: return put(Int32.self)
        case .uint64: return put(UInt64.self)
        case .int64: return put(Int64.self)
        default: return false
        }
    }

    // IEEE's 16 bits, ties to even.
    private static func halfBits(_ value: Double) -> UInt16 {
        let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 48) & 0x8000
        let magnitude = abs(value)
        if value.isNaN { return sign | 0x7e00 }
        // Half of the last step above 65504 rounds to infinity.
        guard magnitude < 65520 else { return sign | 0x7c00 }
        guard magnitude >= 0x1p-14 else { return sign | UInt16((magnitude * 0x1p24).rounded(.toNearestOrEven)) }
        let exponent = Int(magnitude.exponent)
        let steps = (magnitude * scalbn(1, 10 - exponent)).rounded(.toNearestOrEven)
        return sign | (UInt16(exponent + 14) << 10 &+ UInt16(steps))
    }
}
