import Training
import Yams

/// The file that `tune` writes for `train --config`: the options that were given, then the recommended ones with their
/// reasons as comments.
struct TuneConfig {
    private let given: GivenOptions
    private let recommendations: [Recommendation]
    private let notMeasured: [String]

    init(_ given: GivenOptions, _ report: TuningReport) {
        self.given = given.without(Set(report.recommendations.compactMap(\.option?.name)))
        recommendations = report.recommendations
        notMeasured = report.notMeasured
    }

    /// The file without the last line's end.
    func text() throws -> String {
        var lines: [String] = []
        for option in given.options {
            let values = option.values.map(Self.scalar)
            let node =
                switch values.count {
                case 0: Node("true")
                case 1: values[0]
                default: Node(values)
                }
            lines.append(try Self.line(option.name, node))
        }
        for recommendation in recommendations {
            lines += ["", "# \(recommendation.setting) \(recommendation.value): \(recommendation.reason)"]
            if let command = recommendation.command { lines.append("#   \(command)") }
            if let option = recommendation.option {
                lines.append(try Self.line(option.name, Self.scalar(option.value)))
            }
        }
        if !notMeasured.isEmpty { lines += ["", "# not measured: \(notMeasured.joined(separator: ", "))"] }
        return lines.joined(separator: "\n")
    }

    /// Text that reads as text: what looks like a truth value would be a flag.
    private static func scalar(_ text: String) -> Node {
        let isPlain =
            !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-+".contains($0)) }
        let isFlag = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"].contains(text.lowercased())
        return .scalar(Node.Scalar(text, Tag(.str), isPlain && !isFlag && text.first != "-" ? .plain : .doubleQuoted))
    }

    private static func line(_ name: String, _ value: Node) throws -> String {
        var text = try Yams.serialize(node: Node([(Node(name), value)]), width: -1, allowUnicode: true)
        while text.hasSuffix("\n") { text.removeLast() }
        return text
    }
}
