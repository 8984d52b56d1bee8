import Engine
import Memory

extension PlanReport {
    /// The plan as a table: a line of totals, then a line for each step.
    func lines(of subject: String) -> [String] {
        let excess = arenaLowerBound > 0 ? Double(arenaBytes) / Double(arenaLowerBound) : 1
        let hundredths = Int((excess * 100).rounded())
        let total =
            "plan of \(subject): \(lines.count) steps, of them \(mapCount) maps and \(reorderCount) copies; \(fusedCount) "
            + "activations fused; arena \(ByteCount(arenaBytes)), \(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")"
            + "\(hundredths % 100) of the least"
        return [total]
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
