internal import Memory

/// The fields of a CSV file: their names, and what their first values look like.
struct CSVSchema: Sendable, Equatable {
    /// What a field's values are.
    enum Kind: Sendable, Equatable {
        case number(ScalarType)
        case truth
        case text
    }

    var names: [String]
    var kinds: [Kind]

    /// What the sample says about one field.
    struct Evidence {
        private var isInteger = true
        private var isNumber = true
        private var isTruth = true
        private var hasValue = false
        private(set) var hasMissing = false

        mutating func add(_ field: [UInt8], _ reader: CSVNumber.Reader) {
            // A byte that is no digit must follow the text.
            (field + [0]).withUnsafeBufferPointer { padded in
                let text = UnsafeBufferPointer(rebasing: padded.dropLast())
                guard !CSVWords.isMissing(text) else {
                    hasMissing = true
                    return
                }
                hasValue = true
                let isPlain = !text.contains { $0 == 0x2e || $0 | 0x20 == 0x65 }
                if isInteger {
                    let found = isPlain ? CSVNumber.integer(text, reader) : nil
                    isInteger = found.map { $0.bits <= UInt64(Int64.max) } ?? false
                }
                if isNumber { isNumber = CSVNumber.whole(text, reader) != nil }
                if isTruth { isTruth = CSVWords.truth(text) != nil }
            }
        }

        /// Integers are int64, other numbers float32, in which models train; integers of which some are missing, too,
        /// where a missing value is to be NaN.
        func kind(missing: CSVOptions.Missing) -> Kind {
            guard hasValue else { return .number(.float32) }
            if isInteger { return .number(hasMissing && missing == .nan ? .float32 : .int64) }
            if isNumber { return .number(.float32) }
            return isTruth && !hasMissing ? .truth : .text
        }
    }
}
