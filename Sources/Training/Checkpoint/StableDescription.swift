/// The contents of a value as text that is the same in every process: unordered collections are sorted, and objects are
/// named by their class.
///
/// - Parameter leavesOut: whether a member of this name and value does not count.
func stableDescription(of value: Any, leavesOut: (String, Any) -> Bool = { _, _ in false }) -> String {
    let mirror = Mirror(reflecting: value)
    func texts() -> [String] { mirror.children.map { stableDescription(of: $0.value, leavesOut: leavesOut) } }
    switch mirror.displayStyle {
    case .optional: return texts().first ?? "nil"
    case .dictionary, .set: return "[\(texts().sorted().joined(separator: ", "))]"
    case .collection: return "[\(texts().joined(separator: ", "))]"
    case .struct, .tuple, .enum:
        // A number, a text, a case without values.
        guard !mirror.children.isEmpty else { return "\(value)" }
        let members = mirror.children.filter { !leavesOut($0.label ?? "", $0.value) }.map { child in
            (child.label.map { "\($0): " } ?? "") + stableDescription(of: child.value, leavesOut: leavesOut)
        }
        return "\(mirror.subjectType)(\(members.joined(separator: ", ")))"
    case .class: return "\(mirror.subjectType)"
    default: return "\(value)"
    }
}
