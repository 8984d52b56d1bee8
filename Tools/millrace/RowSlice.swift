import ArgumentParser

/// `--rows A:B`: a range of rows with Python's meaning of a slice.
struct RowSlice: ExpressibleByArgument, CustomStringConvertible {
    /// The first row; negative numbers count from the end, nil is the beginning.
    let first: Int?

    /// The row behind the last; negative numbers count from the end, nil is the end.
    let end: Int?

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let numbers = parts.map { Int($0) }
        guard zip(parts, numbers).allSatisfy({ $0.isEmpty || $1 != nil }) else { return nil }
        (first, end) = (numbers[0], numbers[1])
    }

    /// The rows of a dataset; what lies outside is left out, as in Python.
    func range(of rowCount: Int) -> Range<Int> {
        func place(_ number: Int?, _ absent: Int) -> Int {
            guard let number else { return absent }
            return min(rowCount, max(0, number < 0 ? rowCount + number : number))
        }
        let lower = place(first, 0)
        return lower..<max(lower, place(end, rowCount))
    }

    var description: String { "\(first.map(String.init) ?? ""):\(end.map(String.init) ?? "")" }
}
