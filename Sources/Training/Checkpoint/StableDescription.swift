/// The contents of a value as text that is the same in every process: unordered collections are sorted, and objects are
/// named by their class.
func stableDescription(of value: Any) -> String {
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional: return mirror.children.first.map { stableDescription(of: $0.value) } ?? "nil"
    case .dictionary, .set: return "[\(mirror.children.map { stableDescription(of: $0.value) }.sorted().joined(separator: ", "))]"
    case .collection: return "[\(mirror.children.map { stableDescription(of: $0.value) }.joined(separator: ", "))]"
    case .struct, .tuple, .enum:
        // A number, a text, a case without values.
        guard !mirror.children.isEmpty else { return "\(value)" }
        let members = mirror.children.map { child in
            (child.label.map { "\($0): " } ?? "") + stableDescription(of: child.value)
        }
        return "\(mirror.subjectType)(\(members.joined(separator: ", ")))"
    case .class: return "\(mirror.subjectType)"
    default: return "\(value)"
    }
}
