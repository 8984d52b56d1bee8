import Memory
import Shards

/// Puts rows of different lengths into slots of one length.
struct RowFill: Sendable {
    private let padding: RowPadding

    /// Steps of a slot, and bytes of a step.
    let slotItems: Int
    let itemBytes: Int

    /// The bytes of an element of an added step.
    private let pattern: [UInt8]

    /// For a column of `type`; nil when it cannot hold the padding's value.
    init?(_ padding: RowPadding, type: ScalarType, slotItems: Int, itemBytes: Int) {
        guard let pattern = Self.bytes(of: padding.value, as: type) else { return nil }
        self.padding = padding
        self.slotItems = slotItems
        self.itemBytes = itemBytes
        self.pattern = pattern.allSatisfy { $0 == 0 } ? [] : pattern
    }

    /// Fills the slots of consecutive rows, whose items begin at `items`, and notes how many steps of each are its own.
    ///
    /// Returns the first row that is longer than a slot though none may be cut.
    func fill(
        _ lengths: Slice<UnsafeBufferPointer<UInt32>>, items: UnsafeRawPointer?,
        into slots: UnsafeMutableRawBufferPointer, lengths kept: UnsafeMutableBufferPointer<Int32>
    ) -> Int? {
        guard var slot = slots.baseAddress else { return nil }
        var row = items
        let slotBytes = slotItems * itemBytes
        for (index, length) in lengths.enumerated() {
            let own = min(Int(length), slotItems)
            if own < length, padding.length == .longest { return index }
            let left = padding.truncating == .pre ? Int(length) - own : 0
            let added = (slotItems - own) * itemBytes
            let start = padding.padding == .pre ? added : 0
            if own > 0, let row { (slot + start).copyMemory(from: row + left * itemBytes, byteCount: own * itemBytes) }
            pad(UnsafeMutableRawBufferPointer(start: start == 0 ? slot + own * itemBytes : slot, count: added))
            kept[index] = Int32(own)
            row = row.map { $0 + Int(length) * itemBytes }
            slot += slotBytes
        }
        return nil
    }

    private func pad(_ bytes: UnsafeMutableRawBufferPointer) {
        guard !pattern.isEmpty else {
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
            return
        }
        for index in bytes.indices { bytes[index] = pattern[index % pattern.count] }
    }

    /// A number in a column's own type; nil when that cannot hold it.
    static func bytes(of value: Double, as type: ScalarType) -> [UInt8]? {
        func bytes<Number: BitwiseCopyable>(_ number: Number?) -> [UInt8]? {
            number.map { number in withUnsafeBytes(of: number) { Array($0) } }
        }
        switch type {
        case .bool: return value == 0 || value == 1 ? [UInt8(value)] : nil
        case .uint8: return bytes(UInt8(exactly: value))
        case .int8: return bytes(Int8(exactly: value))
        case .uint16: return bytes(UInt16(exactly: value))
        case .int16: return bytes(Int16(exactly: value))
        case .uint32: return bytes(UInt32(exactly: value))
        case .int32: return bytes(Int32(exactly: value))
        case .uint64: return bytes(UInt64(exactly: value))
        case .int64: return bytes(Int64(exactly: value))
        case .float64: return bytes(value)
        case .float32:
            let number = Float(value)
            return number.isFinite ? bytes(number) : nil
        case .float16:
            let number = Float16(value)
            return number.isFinite ? bytes(number) : nil
        case .bfloat16:
            // Rounded to nearest, ties to even.
            let bits = Float(value).bitPattern
            let number = UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ ((bits >> 16) & 1)) >> 16)
            return Float(bitPattern: UInt32(number) << 16).isFinite ? bytes(number) : nil
        }
    }
}
