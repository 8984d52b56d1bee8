public import Memory

extension MemoryPlan {
    /// The table as text, a row an account.
    public var table: String {
        let rows = accounts + [("total", totalBytes)] + (cap.map { [("cap", $0.bytes)] } ?? [])
        return rows.map { Self.row($0.name, [$0.bytes]) }.joined(separator: "\n")
    }

    /// The table with what accounts held at most beside what was planned, and the process's peak beside the total.
    ///
    /// The ledger has no account for the base and for copies. Parameters may have been held twice: planning a step moves
    /// the weights, before there are gradients and activations.
    ///
    /// - Parameter ledger: the model's, after the run.
    public func table(beside ledger: MemoryLedger) -> String {
        let peaks = Dictionary(
            uniqueKeysWithValues: MemoryAccount.allCases.map { ("\($0)", ledger.peak(of: $0)) })
        return
            (accounts.map { Self.row($0.name, [$0.bytes, peaks[$0.name]]) }
            + [Self.row("total", [totalBytes, ProcessMemory.peakResidentBytes])]
            + (cap.map { [Self.row("cap", [$0.bytes])] } ?? [])).joined(separator: "\n")
    }

    /// A name, and numbers of bytes right-aligned below each other.
    private static func row(_ name: String, _ columns: [Int?]) -> String {
        var line = "  " + name
        for (index, bytes) in columns.enumerated() {
            let text = bytes.map { ByteCount($0).description } ?? "–"
            line += String(repeating: " ", count: max(1, 26 + 14 * index - line.count - text.count)) + text
        }
        return line
    }
}
