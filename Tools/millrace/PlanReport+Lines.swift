import Engine
import Memory

extension PlanReport {
    /// The plan as a table: a line of totals, a line of memory, a line of what is fused, then a line for each step.
    func lines(of subject: String) -> [String] {
        let excess = arenaLowerBound > 0 ? Double(arenaBytes) / Double(arenaLowerBound) : 1
        let hundredths = Int((excess * 100).rounded())
        let total =
            "plan of \(subject): \(lines.count) steps, of them \(mapCount) maps and \(reorderCount) copies; \(fusedCount) "
            + "activations fused"
        let memory =
            "arena \(ByteCount(arenaBytes)) (\(arenaBytes) bytes), at most \(ByteCount(arenaLowerBound)) "
            + "(\(arenaLowerBound) bytes) alive at once: \(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")"
            + "\(hundredths % 100) of the least"
        let groups = fusedGroups.map { $0.count == 1 ? $0.name : "\($0.name) (\($0.count) times)" }
        return [total, memory, "fused: " + (groups.isEmpty ? "nothing" : groups.joined(separator: ", "))]
            + lines.enumerated().map { index, line in
                pad("\(index)", 5) + pad(line.label, 34) + pad("\(line.shape)", 20)
                    + pad("\(ByteCount(line.byteCount))", 12)
                    + line.detail
            }
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
