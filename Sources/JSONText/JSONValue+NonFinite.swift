extension JSONValue {
    /// The value with null in place of NaN and infinities, for which JSON has no numbers.
    package func replacingNonFinite() -> JSONValue {
        switch self {
        case .number(let value) where !value.isFinite: .null
        case .array(let elements): .array(elements.map { $0.replacingNonFinite() })
        case .object(let members): .object(members.map { .init(key: $0.key, value: $0.value.replacingNonFinite()) })
        default: self
        }
    }
}
