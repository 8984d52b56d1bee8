public import Memory

/// A column of a batch. Valid as long as the batch lives.
public struct BatchColumn {
    /// The column's name in its source.
    public let name: String

    /// The type of the elements: float32 or int32.
    public let type: ScalarType

    /// The extents of one row.
    public let rowShape: Shape

    /// Samples in the batch.
    public let rowCount: Int

    /// The elements of all rows, one row after the other, aligned to 64 bytes.
    public let bytes: UnsafeRawBufferPointer

    /// The extents with the rows in front.
    public var shape: Shape { rowShape.prepending(rowCount) }

    /// The elements of a float32 column.
    public var floats: UnsafeBufferPointer<Float> {
        precondition(type == .float32, "BatchColumn: \(name) is \(type), not float32")
        return bytes.assumingMemoryBound(to: Float.self)
    }

    /// The elements of an int32 column.
    public var integers: UnsafeBufferPointer<Int32> {
        precondition(type == .int32, "BatchColumn: \(name) is \(type), not int32")
        return bytes.assumingMemoryBound(to: Int32.self)
    }
}

/// Columns of a batch, by position. Valid as long as the batch lives.
public struct BatchColumns: RandomAccessCollection {
    let layout: BatchLayout
    let address: UnsafeRawPointer
    let rowCount: Int
    let extents: [Int]
    let range: Range<Int>

    public var startIndex: Int { 0 }
    public var endIndex: Int { range.count }

    public subscript(index: Int) -> BatchColumn {
        precondition(index >= 0 && index < range.count, "BatchColumns: column \(index) of \(range.count)")
        return layout.column(range.lowerBound + index, of: address, rowCount: rowCount, extents: extents)
    }
}

/// Samples for one training step, on loan: the memory goes back to its stream when the batch is dropped.
public struct Batch: ~Copyable {
    /// Samples in this batch. Fewer than `sampleCount` when bad blocks are skipped, and possibly none.
    public let rowCount: Int

    /// The epoch, counted from 0.
    public let epoch: Int

    /// The batch's number in its epoch, from 0.
    public let indexInEpoch: Int

    /// Whether the next batch belongs to the next epoch.
    public let isLastOfEpoch: Bool

    /// The position of the first sample in its epoch's order.
    public let firstSample: Int

    /// Positions of the epoch's order that this batch stands for, skipped samples included.
    public let sampleCount: Int

    let layout: BatchLayout

    // The first extents of columns that are as long as their longest rows here; empty where there are none.
    let extents: [Int]
    let address: UnsafeMutableRawPointer
    let sourceRows: UnsafePointer<Int>
    private let owner: BatchOwner
    private let slot: Int

    init(
        _ description: BatchDescription, layout: BatchLayout, address: UnsafeMutableRawPointer,
        rows: UnsafePointer<Int>, owner: BatchOwner, extents: [Int] = []
    ) {
        self.extents = extents
        sourceRows = rows
        rowCount = description.rowCount
        epoch = description.epoch
        indexInEpoch = description.indexInEpoch
        isLastOfEpoch = description.isLastOfEpoch
        firstSample = description.firstSample
        sampleCount = description.sampleCount
        slot = description.slot
        self.layout = layout
        self.address = address
        self.owner = owner
    }

    deinit { owner.takeBack(slot) }

    /// The number of each sample's row in the source. Valid as long as the batch lives.
    public var rows: UnsafeBufferPointer<Int> { UnsafeBufferPointer(start: sourceRows, count: rowCount) }

    /// What the model takes.
    public var inputs: BatchColumns { columns(0..<layout.inputCount) }

    /// What the model is compared with.
    public var targets: BatchColumns { columns(layout.inputCount..<layout.inputCount + layout.targetCount) }

    /// The weight of each sample, or nil.
    public var sampleWeight: BatchColumn? {
        layout.hasSampleWeight
            ? layout.column(
                layout.inputCount + layout.targetCount, of: address, rowCount: rowCount, extents: extents) : nil
    }

    private func columns(_ range: Range<Int>) -> BatchColumns {
        BatchColumns(layout: layout, address: address, rowCount: rowCount, extents: extents, range: range)
    }

    /// How many steps of each row are its own, and not padding, in the columns of this name: for masks. Nil for columns
    /// whose rows are stored in one shape. Valid as long as the batch lives.
    public func lengths(of name: String) -> UnsafeBufferPointer<Int32>? {
        let column = layout.columns.first { $0.lengthOffset != nil && ColumnChoice.isSame($0.stored.name, name) }
        guard let column, let lengths = layout.lengths(of: column, at: address) else { return nil }
        return UnsafeBufferPointer(start: lengths, count: rowCount)
    }
}

/// Who lends batches.
class BatchOwner {
    func takeBack(_ slot: Int) {}
}

/// Which batch lies in a slot.
struct BatchDescription: Equatable {
    var slot: Int
    var rowCount: Int
    var epoch: Int
    var indexInEpoch: Int
    var isLastOfEpoch: Bool
    var firstSample: Int

    /// Positions of the epoch's order, skipped ones included.
    var sampleCount: Int

    /// Rows to be left out when the batch is delivered.
    var skippedRows: [Int] = []
}
