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

    /// Fields with numbers of more digits than `float32` holds: integers that it rounds, decimals of more than nine
    /// significant digits, and values outside of its range.
    var isFine: [Bool]

    /// Fields with integers that not even `float64` holds.
    var isFinest: [Bool]

    /// What the sample says about one field.
    struct Evidence {
        private var isInteger = true
        private var isNumber = true
        private var isTruth = true
        private var hasValue = false
        private(set) var hasMissing = false
        private var isUnsigned = true

        /// As `CSVSchema` says them of a field.
        private(set) var isFine = false
        private(set) var isFinest = false

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
                let integer = isPlain ? CSVNumber.integer(text, reader) : nil
                if let integer {
                    isInteger = isInteger && integer.bits <= UInt64(Int64.max)
                    isUnsigned = isUnsigned && !integer.isNegative
                    isFine = isFine || UInt64(exactly: Float(integer.bits)) != integer.bits
                    isFinest = isFinest || UInt64(exactly: Double(integer.bits)) != integer.bits
                } else {
                    (isInteger, isUnsigned) = (false, false)
                }
                // Also behind text: `yes` and `maybe` are no truth values.
                if isTruth { isTruth = CSVWords.truth(text) != nil }
                guard isNumber else { return }
                guard let value = CSVNumber.whole(text, reader) else {
                    isNumber = false
                    return
                }
                if integer == nil, value.isFinite {
                    let digits = CSVNumber.significantDigits(text)
                    isFinest = isFinest || isPlain && digits > 15
                    isFine = isFine || digits > 9 || Float(value).isInfinite || (Float(value) == 0 && value != 0)
                }
            }
        }

        /// Integers are int64, or uint64 where they do not fit it; other numbers float32, in which models train, or
        /// float64 where that would round what is written; so are integers of which some are missing, where a missing
        /// value is to be NaN.
        func kind(missing: CSVOptions.Missing) -> Kind {
            guard hasValue else { return .number(.float32) }
            let number = Kind.number(isFine ? .float64 : .float32)
            if isInteger || isUnsigned {
                return hasMissing && missing == .nan ? number : .number(isInteger ? .int64 : .uint64)
            }
            if isNumber { return number }
            return isTruth && !hasMissing ? .truth : .text
        }
    }
}
