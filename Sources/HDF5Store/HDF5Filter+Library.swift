extension HDF5Filter {
    static let szip = 4
    static let nbit = 5
    static let scaleOffset = 6

    /// What is wrong with the parameters of a filter that the library decodes, or nil.
    ///
    /// HDF5 1.10.8 makes the decoded chunk of the element count and size that stand here, and copies rows out of it as
    /// if it were as large as the dataset's chunks. For the places see `H5Znbit.c` and `H5Zscaleoffset.c`.
    func libraryParameterProblem(elements: Int, elementSize: Int) -> String? {
        let expected = "\(elements) elements of \(elementSize) bytes in the third and fifth place"
        switch id {
        case Self.nbit:
            guard parameters.count > 4, parameters[2] == elements, parameters[4] == elementSize else {
                return "expected \(expected)"
            }
            guard parameters[3] == 1 else { return nil }
            let isWithin =
                parameters.count > 7 && parameters[6] > 0
                && UInt64(parameters[6]) + UInt64(parameters[7]) <= 8 * UInt64(elementSize)
            return isWithin ? nil : "expected bits within an element in the seventh and eighth place"
        case Self.scaleOffset:
            let isSound = parameters.count == 20 && parameters[2] == elements && parameters[4] == elementSize
            return isSound ? nil : "expected 20 parameters, with \(expected)"
        default: return nil
        }
    }

    /// What is wrong with bytes that this filter made of `elements` elements, or nil.
    ///
    /// HDF5 1.10.8 decodes them without looking where they end.
    func libraryStoredProblem(_ stored: UnsafeRawBufferPointer, elements: Int, elementSize: Int) -> String? {
        let whole = elements * elementSize
        let head = unsafe stored.prefix(4).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        switch id {
        case Self.szip where stored.count < 4 || head != whole:
            return "expected \(whole) decoded bytes, found \(head)"
        case Self.nbit where parameters[1] != 0:
            // "Need not compress": stored as they are.
            return stored.count == whole ? nil : "expected \(whole) bytes, found \(stored.count)"
        case Self.nbit where parameters[3] == 1:
            return Self.shortage(stored.count, elements * Int(parameters[6]), headBytes: 0)
        case Self.scaleOffset:
            guard stored.count >= 4, head <= 8 * elementSize else {
                return "expected at most \(8 * elementSize) bits of an element, found \(head)"
            }
            return Self.shortage(stored.count, elements * head, headBytes: Self.scaleOffsetHeadBytes)
        default: return nil
        }
    }

    // The bits of an element in 4 bytes, the length of the offset in one, and the offset in 16.
    private static let scaleOffsetHeadBytes = 21

    private static func shortage(_ found: Int, _ bits: Int, headBytes: Int) -> String? {
        let expected = headBytes + (bits + 7) / 8
        return found >= expected ? nil : "expected at least \(expected) bytes, found \(found)"
    }
}
