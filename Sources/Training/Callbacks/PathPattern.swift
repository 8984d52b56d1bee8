import NeuralNetwork

/// A path with figures in it, in the form of Python's `format`: `run/{epoch:02d}-{val_loss:.4f}.keras`.
///
/// A field is a name, and behind a colon a width (with leading zeros), a precision and one of `d`, `f`, `e`, `g`. Without
/// these, numbers are written in full. `{{` and `}}` stand for braces.
struct PathPattern {
    private enum Part {
        case text(String)
        case field(Field)
    }

    private struct Field {
        let name: String
        var hasLeadingZeros = false
        var width = 0
        var precision = -1
        var conversion: Character?
    }

    let text: String
    private var parts: [Part] = []

    init(_ text: String) throws(TrainingError) {
        self.text = text
        var literal = ""
        var rest = Substring(text)
        while let character = rest.popFirst() {
            guard character == "{" || character == "}" else {
                literal.append(character)
                continue
            }
            if rest.first == character {
                literal.append(rest.removeFirst())
                continue
            }
            guard character == "{", let end = rest.firstIndex(of: "}") else {
                throw Self.error(text, "a \"\(character)\" has no partner; a brace itself is written twice")
            }
            parts.append(.text(literal))
            literal = ""
            parts.append(.field(try Self.field(rest[..<end], text)))
            rest = rest[rest.index(after: end)...]
        }
        parts.append(.text(literal))
    }

    private static func error(_ text: String, _ reason: String) -> TrainingError {
        TrainingError(.usage, "path pattern \"\(text)\": \(reason)")
    }

    private static func field(_ text: Substring, _ pattern: String) throws(TrainingError) -> Field {
        let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        var field = Field(name: String(halves[0]))
        guard !field.name.isEmpty else { throw error(pattern, "a field has no name, expected for example {epoch}") }
        guard halves.count == 2 else { return field }
        var rest = halves[1]
        if rest.first == "0" {
            field.hasLeadingZeros = true
            rest.removeFirst()
        }
        func number() -> Int? {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            return digits.count > 3 ? nil : Int(digits)
        }
        field.width = number() ?? 0
        if rest.first == "." {
            rest.removeFirst()
            field.precision = number() ?? -2
        }
        field.conversion = rest.popFirst()
        let isKnown = field.conversion.map { "dfegFEG".contains($0) } ?? (field.precision == -1)
        guard rest.isEmpty, isKnown, field.precision >= -1 else {
            throw error(
                pattern,
                "{\(text)}: expected a width, a precision and one of d, f, e, g, for example {epoch:02d} or "
                    + "{val_loss:.4f}")
        }
        return field
    }

    /// The path for these figures; `counts` are whole numbers.
    ///
    /// - Throws: `TrainingError` when there is no figure of a name.
    func path(counts: [(name: String, value: Int)], figures: [(name: String, value: Double)]) throws(TrainingError)
        -> String
    {
        var result = ""
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .field(let field):
                if let count = counts.first(where: { $0.name == field.name }) {
                    result += Self.write(Double(count.value), field, isWhole: true)
                } else if let figure = figures.first(where: { $0.name == field.name }) {
                    guard field.conversion != "d" else {
                        throw Self.error(text, "{\(field.name):…d}: the figure is no whole number, use f, e or g")
                    }
                    result += Self.write(figure.value, field, isWhole: false)
                } else {
                    let names = counts.map(\.name) + figures.map(\.name)
                    throw Self.error(text, "there is no \(field.name); there are \(names.joined(separator: ", "))")
                }
            }
        }
        return result
    }

    private static func write(_ value: Double, _ field: Field, isWhole: Bool) -> String {
        if let conversion = field.conversion, conversion != "d" {
            return formatted(
                value, conversion, precision: field.precision, width: field.width,
                hasLeadingZeros: field.hasLeadingZeros)
        }
        let digits = isWhole ? String(Int(value)) : pythonText(value)
        let padding = String(repeating: field.hasLeadingZeros ? "0" : " ", count: max(0, field.width - digits.count))
        return padding + digits
    }
}
