import Memory

/// How a parameter gets its first values, by Keras's names.
///
/// An initializer that came with a loaded model is kept as it is for writing the model back, also if this library cannot
/// draw from it: its values are in the file.
public struct Initializer: Sendable, Equatable {
    /// An argument of an initializer in Keras's configuration.
    public enum Argument: Sendable, Equatable {
        case none
        case integer(Int)
        case number(Double)
        case text(String)
        case integers([Int])
    }

    /// Keras's class name.
    public let kind: String
    public let arguments: [String: Argument]
    /// The axes of a kernel that count for the fans, where these are not simply the last two; not part of a file.
    var fanAxes: FanAxes?

    /// The elements that are 1 whatever the kind says; not part of a file.
    var ones: Range<Int>?

    struct FanAxes: Sendable, Equatable {
        let input: [Int]
        let output: [Int]
    }

    public init(kind: String, arguments: [String: Argument] = [:]) {
        self.kind = kind
        self.arguments = arguments
    }

    /// This initializer with other axes for the fans, unless it names its own.
    func withFans(input: [Int], output: [Int]) -> Initializer {
        var result = self
        result.fanAxes = FanAxes(input: input, output: output)
        return result
    }

    /// An argument as a number; nil when it is null, absent or of another kind.
    func number(_ key: String) -> Double? {
        switch arguments[key] {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// An argument as a text; nil when it is null, absent or of another kind.
    func text(_ key: String) -> String? {
        if case .text(let value)? = arguments[key] { value } else { nil }
    }

    /// An argument as whole numbers; nil when it is null, absent or of another kind.
    func integers(_ key: String) -> [Int]? {
        switch arguments[key] {
        case .integers(let values): values
        case .integer(let value): [value]
        default: nil
        }
    }
}
