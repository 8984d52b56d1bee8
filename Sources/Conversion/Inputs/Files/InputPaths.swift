package import DataSource

/// Files that a user means by paths, patterns and lists in braces.
package enum InputPaths {
    /// At most so many names come from braces.
    private static let mostNames = 1_000_000

    /// The files, in order. `{000..012}` stands for numbers, `{a,b}` for words, as shells and WebDataset write them;
    /// what is left is a path or a pattern of `DataFiles.expand`.
    package static func expand(_ patterns: [String]) throws(DataError) -> [String] {
        var names: [String] = []
        for pattern in patterns { names += try braces(pattern) }
        return try DataFiles.expand(names)
    }

    /// The names for which braces stand; a name that has none, or none that means anything, is itself.
    package static func braces(_ pattern: String) throws(DataError) -> [String] {
        guard let open = pattern.firstIndex(of: "{"), let close = pattern[open...].firstIndex(of: "}") else {
            return [pattern]
        }
        let body = pattern[pattern.index(after: open)..<close]
        let (front, back) = (pattern[..<open], String(pattern[pattern.index(after: close)...]))
        guard let words = try words(of: body, in: pattern) else { return [pattern] }
        let rest = try braces(back)
        guard words.count <= mostNames / max(1, rest.count) else {
            throw DataError(kind: .usage, file: pattern, "the braces stand for more than \(mostNames) names")
        }
        return words.flatMap { word in rest.map { front + word + $0 } }
    }

    private static func words(of body: Substring, in pattern: String) throws(DataError) -> [String]? {
        if let dots = body.firstRange(of: "..") {
            let (first, last) = (body[..<dots.lowerBound], body[dots.upperBound...])
            guard first.allSatisfy(\.isASCIIDigit), last.allSatisfy(\.isASCIIDigit), let low = Int(first),
                let high = Int(last)
            else { return nil }
            guard low <= high, high - low < mostNames else {
                throw DataError(
                    kind: .usage, file: pattern,
                    "expected numbers that ascend, at most \(mostNames) of them, found {\(body)}")
            }
            // Leading zeros say how many digits every number has.
            let width = first.hasPrefix("0") || last.hasPrefix("0") ? max(first.count, last.count) : 0
            return (low...high).map { number in
                let digits = String(number)
                return String(repeating: "0", count: max(0, width - digits.count)) + digits
            }
        }
        guard body.contains(",") else { return nil }
        return body.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    /// The last component of a path.
    static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { self >= "0" && self <= "9" && isASCII }
}
