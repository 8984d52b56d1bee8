internal import Memory

extension ConversionProgress {
    /// `converting: 120000 of 1000000 rows, 12300 rows/s, 45.2 MiB/s, 1:12 left`.
    ///
    /// Rates and the remaining time are those of this run, which has taken `seconds` so far.
    package func text(seconds: Double) -> String {
        let name =
            switch stage {
            case .converting: "converting"
            case .shuffling: "shuffling, pass 1 of 2"
            case .writing: "shuffling, pass 2 of 2"
            }
        var text = "\(name): \(rows)" + (allRows.map { " of \($0)" } ?? "") + " rows"
        if seconds > 0 {
            text += ", \(Int(Double(rows - earlierRows) / seconds)) rows/s"
            text += ", \(ByteCount(Int(Double(inputBytes - earlierInputBytes) / seconds)))/s"
        }
        if let left = secondsLeft(after: seconds) {
            let rest = left % 60
            text += ", \(left / 60):\(rest < 10 ? "0" : "")\(rest) left"
        }
        if rejectedRows > 0 { text += ", \(rejectedRows) rows left out" }
        return text
    }

    // At the rate of this run, once it has done a thousandth.
    private func secondsLeft(after seconds: Double) -> Int? {
        let known = allRows.map { (rows - earlierRows, $0 - rows, $0) }
        let (done, left, all) =
            known ?? allInputBytes.map { (inputBytes - earlierInputBytes, $0 - inputBytes, $0) } ?? (0, 0, 0)
        guard done > 0, seconds > 0, Double(done) > 0.001 * Double(all) else { return nil }
        return Int((seconds * Double(max(0, left)) / Double(done)).rounded())
    }
}
