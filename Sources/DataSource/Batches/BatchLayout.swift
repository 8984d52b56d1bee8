internal import Augmentation
import CKernels
import Memory
internal import Shards

/// How the columns of a batch lie in a slot, and how stored rows become them. Shared by all batches of a stream.
final class BatchLayout: Sendable {
    /// One column: what it is in its source and in the batch.
    struct Column {
        let stored: ColumnInfo
        let type: ScalarType
        let offset: Int

        /// Stored elements of one row.
        let elements: Int

        /// The extents of one row in the batch.
        let rowShape: Shape

        /// Bytes of one row in the batch.
        let rowBytes: Int
        let kernelType: Int32

        /// Where the lengths of padded rows start.
        let lengthOffset: Int?

        /// What is done to the rows behind their conversion.
        let augmenter: ColumnAugmenter?

        /// Whether a batch is as long as its longest row.
        var isCut: Bool { stored.padding?.length == .longest }
    }

    let columns: [Column]
    let inputCount: Int
    let targetCount: Int
    let hasSampleWeight: Bool

    /// Bytes of one slot.
    let byteCount: Int

    init(
        inputs: [ColumnInfo], targets: [ColumnInfo], sampleWeight: ColumnInfo?, inputTypes: [ScalarType]? = nil,
        targetTypes: [ScalarType]?, batchSize: Int, seed: UInt64 = 0, augments: Bool = true
    ) {
        precondition(
            targetTypes == nil || targetTypes?.count == targets.count,
            "BatchOptions: \(targetTypes?.count ?? 0) target types for \(targets.count) targets")
        precondition(
            inputTypes == nil || inputTypes?.count == inputs.count,
            "BatchOptions: \(inputTypes?.count ?? 0) input types for \(inputs.count) inputs")
        inputCount = inputs.count
        targetCount = targets.count
        hasSampleWeight = sampleWeight != nil
        let types =
            inputs.enumerated().map { index, input in input.batchType ?? inputTypes?[index] ?? .float32 }
            + targets.enumerated().map { index, target in
                target.batchType ?? targetTypes?[index] ?? (target.type.isFloatingPoint ? .float32 : .int32)
            } + [.float32]
        precondition(
            types.allSatisfy { $0 == .float32 || $0 == .int32 }, "BatchOptions: inputs and targets are float32 or int32"
        )
        var offset = 0
        columns = zip(inputs + targets + (sampleWeight.map { [$0] } ?? []), types).map { column, type in
            if let problem = column.conversion.problem(with: column) {
                preconditionFailure("ColumnInfo: \(column.name): \(problem)")
            }
            let rowBytes = column.batchRowShape.elementCount * type.byteCount
            let start = offset
            offset += (batchSize * rowBytes + 63) / 64 * 64
            var lengthOffset: Int?
            if column.padding != nil {
                lengthOffset = offset
                offset += (batchSize * MemoryLayout<Int32>.stride + 63) / 64 * 64
            }
            return Column(
                stored: column, type: type, offset: start, elements: column.rowShape.elementCount,
                rowShape: column.batchRowShape, rowBytes: rowBytes, kernelType: column.type.kernelType,
                lengthOffset: lengthOffset,
                augmenter: Self.augmenter(of: column, seed: seed, augments: augments))
        }
        byteCount = max(64, offset)
    }

    // What cannot be done was refused when it was asked for.
    private static func augmenter(of column: ColumnInfo, seed: UInt64, augments: Bool) -> ColumnAugmenter? {
        guard let spec = column.augmentation else { return nil }
        do throws(AugmentationError) {
            let augmenter = try ColumnAugmenter(spec, of: column, seed: seed, augments: augments)
            return augmenter.isIdentity && augmenter.later.isEmpty ? nil : augmenter
        } catch {
            preconditionFailure("ColumnInfo: \(column.name): \(error)")
        }
    }

    /// A column of the batch at `address`; `extents` are what `cut` returned.
    func column(_ index: Int, of address: UnsafeRawPointer, rowCount: Int, extents: [Int]) -> BatchColumn {
        let column = columns[index]
        var (rowShape, rowBytes) = (column.rowShape, column.rowBytes)
        if column.isCut, !extents.isEmpty {
            let steps = column.rowShape.dimensions[0]
            rowShape = Shape([extents[index]] + column.rowShape.dimensions.dropFirst())
            rowBytes = column.rowBytes / steps * extents[index]
        }
        return BatchColumn(
            name: column.stored.name, type: column.type, rowShape: rowShape, rowCount: rowCount,
            bytes: UnsafeRawBufferPointer(start: address + column.offset, count: rowCount * rowBytes))
    }

    /// Bytes of one sample over all columns.
    var rowBytes: Int { columns.reduce(0) { $0 + $1.rowBytes } }

    /// Moves the rows to keep, which ascend, to the front of a batch.
    func keep(_ rows: [Int], at address: UnsafeMutableRawPointer) {
        for column in columns {
            for (to, from) in rows.enumerated() where to != from {
                let start = address + column.offset
                (start + to * column.rowBytes).copyMemory(
                    from: start + from * column.rowBytes, byteCount: column.rowBytes)
                guard let lengths = lengths(of: column, at: address) else { continue }
                lengths[to] = lengths[from]
            }
        }
    }

    /// Converts stored rows of a column into a batch, from row `firstRow` on. Returns how many values did not fit:
    /// `badValue` finds the first of them.
    func gather(
        column index: Int, rows: UnsafePointer<UnsafeRawPointer?>, count: Int, into address: UnsafeMutableRawPointer,
        firstRow: Int
    ) -> Int {
        let column = columns[index]
        return convert(column, rows: rows, count: count, into: address + column.offset + firstRow * column.rowBytes)
    }

    /// Converts stored rows of a column, one after the other, to `target`. Returns how many values did not fit.
    func convert(
        _ column: Column, rows: UnsafePointer<UnsafeRawPointer?>, count: Int, into target: UnsafeMutableRawPointer
    ) -> Int {
        let (type, elements) = (column.kernelType, column.elements)
        switch column.stored.conversion {
        case .identity where column.type == .int32, .cast where column.type == .int32:
            return millrace_gather_i32(type, rows, count, elements, target.assumingMemoryBound(to: Int32.self))
        case .identity, .cast:
            millrace_gather_f32(type, rows, count, elements, target.assumingMemoryBound(to: Float.self))
            return 0
        case .scale(let factor, let offset):
            millrace_gather_scaled_f32(
                type, rows, count, elements, factor, offset, target.assumingMemoryBound(to: Float.self))
            return 0
        case .oneHot(let classes):
            return millrace_one_hot_f32(
                type, rows, count, elements, classes, target.assumingMemoryBound(to: Float.self))
        case .sparse:
            return millrace_largest_i32(
                type, rows, count, elements, column.stored.rowShape.last, target.assumingMemoryBound(to: Int32.self))
        }
    }
}
