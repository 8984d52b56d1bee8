import CKernels
import Memory
internal import Shards

/// Rows of different lengths in a batch.
extension BatchLayout {
    /// Whether batches are as long as their longest rows in some column.
    var isCut: Bool { columns.contains { $0.isCut } }

    /// The lengths of a column's rows in the batch at `address`; nil when all rows have one shape.
    func lengths(of column: Column, at address: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Int32>? {
        column.lengthOffset.map { (address + $0).assumingMemoryBound(to: Int32.self) }
    }

    /// Copies the lengths of stored rows into a batch, from row `firstRow` on. `rows` say where each length lies.
    func gatherLengths(
        column index: Int, rows: UnsafePointer<UnsafeRawPointer?>, count: Int, into address: UnsafeMutableRawPointer,
        firstRow: Int
    ) {
        guard let lengths = lengths(of: columns[index], at: address) else { return }
        _ = millrace_gather_i32(ScalarType.int32.kernelType, rows, count, 1, lengths + firstRow)
    }

    /// Cuts rows that were padded to the longest of all to the longest of the batch at `address`, and closes the gaps.
    ///
    /// Returns the first extent of each such column, at least 1; 0 for others.
    func cut(rowCount: Int, at address: UnsafeMutableRawPointer) -> [Int] {
        columns.map { column in
            guard column.isCut, let lengths = lengths(of: column, at: address) else { return 0 }
            var longest = 1
            for row in 0..<rowCount { longest = max(longest, Int(lengths[row])) }
            let steps = column.rowShape.dimensions[0]
            let stepBytes = column.rowBytes / steps
            let left = column.stored.padding?.padding == .pre ? (steps - longest) * stepBytes : 0
            guard longest < steps else { return longest }
            let start = address + column.offset
            for row in 0..<rowCount {
                (start + row * longest * stepBytes).copyMemory(
                    from: start + row * column.rowBytes + left, byteCount: longest * stepBytes)
            }
            return longest
        }
    }
}
