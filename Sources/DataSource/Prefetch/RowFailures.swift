/// Rows of one block that could not be decoded, while the others could.
final class RowFailures {
    /// By the row's place in the destination, the first error of each.
    private(set) var errors: [Int: DataError] = [:]

    func add(_ row: Int, _ error: DataError) { if errors[row] == nil { errors[row] = error } }

    /// The errors, named with the block and the row of the dataset; `rows` are those of the destination.
    func named(block: Int, rows: Range<Int>) -> [Int: DataError] {
        var result = errors
        for place in errors.keys {
            result[place]?.block = block
            result[place]?.rows = rows.lowerBound + place..<rows.lowerBound + place + 1
        }
        return result
    }
}

extension BlockDestination {
    /// Leaves one row out of those that are read: for a reader that finds it alone undecodable. Its memory becomes
    /// zero.
    ///
    /// Returns false when the stream's policy is to fail, or the error is not about damaged bytes: then the reader
    /// throws the error.
    public func leaveOut(row: Int, because error: DataError) -> Bool {
        guard let failures, error.isDamage else { return false }
        failures.add(row, error)
        for column in layout.rowBytes.indices {
            let bytes = self[column]
            let size = layout.rowBytes[column]
            UnsafeMutableRawBufferPointer(rebasing: bytes[row * size..<(row + 1) * size])
                .initializeMemory(as: UInt8.self, repeating: 0)
        }
        return true
    }
}
