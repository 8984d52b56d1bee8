/// How rows of different lengths become rows of one, as by Keras's `pad_sequences`.
///
///     let source = try ShardSource("shards", x: "tokens", y: "labels", padding: ["tokens": .to(128)])
public struct RowPadding: Sendable, Hashable, CustomStringConvertible {
    /// How long rows become along their first axis.
    public enum Length: Sendable, Hashable {
        /// So many steps: shorter rows are padded, longer ones are cut.
        case fixed(Int)
        /// As many as the longest row of the batch has, at least one: batches differ in shape.
        case longest
    }

    /// An end of a row.
    public enum Side: String, Sendable, Hashable, CaseIterable {
        /// In front of the first step.
        case pre
        /// Behind the last step.
        case post
    }

    public var length: Length

    /// Where steps are added.
    public var padding: Side

    /// Where steps are left out.
    public var truncating: Side

    /// Every element of an added step, as if it had been stored: the column's conversion changes it, too.
    public var value: Double

    /// Describes a padding; by default zeros behind the row, and cuts at its end.
    public init(_ length: Length, padding: Side = .post, truncating: Side = .post, value: Double = 0) {
        self.length = length
        self.padding = padding
        self.truncating = truncating
        self.value = value
    }

    /// Rows of so many steps, zeros behind the shorter ones and the longer ones cut at their end.
    public static func to(_ length: Int) -> RowPadding { RowPadding(.fixed(length)) }

    /// Rows as long as the longest of their batch, zeros behind the others.
    public static let longest = RowPadding(.longest)

    /// Reads `128`, `longest` or `128,padding=pre,truncating=pre,value=1`; nil for anything else.
    public init?(parsing text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        if parts[0] == "longest" {
            self.init(.longest)
        } else {
            guard let length = Int(parts[0]), length > 0 else { return nil }
            self.init(.fixed(length))
        }
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { return nil }
            switch pair[0] {
            case "padding":
                guard let side = Side(rawValue: String(pair[1])) else { return nil }
                padding = side
            case "truncating":
                guard let side = Side(rawValue: String(pair[1])) else { return nil }
                truncating = side
            case "value":
                guard let number = Double(pair[1]), number.isFinite else { return nil }
                value = number
            default: return nil
            }
        }
    }

    /// What `init(parsing:)` reads.
    public var description: String {
        var text =
            switch length {
            case .fixed(let count): "\(count)"
            case .longest: "longest"
            }
        if padding != .post { text += ",padding=\(padding.rawValue)" }
        if truncating != .post { text += ",truncating=\(truncating.rawValue)" }
        if value != 0 { text += ",value=\(value)" }
        return text
    }
}
