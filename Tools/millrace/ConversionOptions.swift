import ArgumentParser
import DataSource
import Memory

/// `--scale`, `--cast`, `--one-hot` and `--sparse`: what happens to columns on their way into batches.
struct ConversionOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Multiply a column by S and add OFFSET, e.g. images=1/255 or x=2,-1; repeat for several.",
            valueName: "name=s[,offset]"),
        transform: ScaleOption.init(parsing:))
    var scale: [ScaleOption] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Give a column this type in batches, float32 or int32, e.g. labels=float32; repeat for several.",
            valueName: "name=type"),
        transform: CastOption.init(parsing:))
    var cast: [CastOption] = []

    @Option(
        name: .long,
        help: ArgumentHelp("Make one-hot rows of a target's class numbers, e.g. labels=10.", valueName: "name=classes"),
        transform: OneHotOption.init(parsing:))
    var oneHot: [OneHotOption] = []

    @Option(name: .long, help: ArgumentHelp("Make class numbers of a target's one-hot rows.", valueName: "name"))
    var sparse: [String] = []

    func validate() throws {
        var options: [String: String] = [:]
        let given =
            scale.map { ($0.column, "--scale") } + cast.map { ($0.column, "--cast") }
            + oneHot.map { ($0.column, "--one-hot") } + sparse.map { ($0, "--sparse") }
        for (name, option) in given {
            if let other = options.updateValue(option, forKey: name) {
                throw ValidationError("\(option) \(name): the column has a conversion already, by \(other)")
            }
        }
    }

    /// The source with its columns converted.
    ///
    /// - Parameters:
    ///   - onlyInputs: whether the source was opened without targets: what is said about those has no effect.
    ///   - targets: the columns of `--y`.
    func apply(to source: any Source, onlyInputs: Bool, targets: [String]) throws -> any Source {
        var result = source
        let names = Set(targets.map { $0.split(separator: "=", maxSplits: 1).last.map(String.init) ?? $0 })
        for option in scale where !(onlyInputs && names.contains(option.column)) {
            result = try Self.convert(result, option.column, option.conversion, "--scale")
        }
        for option in cast where !(onlyInputs && names.contains(option.column)) {
            result = try Self.convert(result, option.column, option.conversion, "--cast")
        }
        guard !onlyInputs else { return result }
        for option in oneHot { result = try Self.convert(result, option.column, option.conversion, "--one-hot") }
        for column in sparse { result = try Self.convert(result, column, .sparse, "--sparse") }
        return result
    }

    private static func convert(
        _ source: any Source, _ column: String, _ conversion: ColumnConversion, _ option: String
    ) throws -> any Source {
        do {
            return try source.converting(column, conversion)
        } catch {
            throw CommandFailure(.usage, "\(option) \(column): \(error.message)")
        }
    }
}

/// `images=1/255`, `x=2,-1`.
struct ScaleOption {
    let column: String
    let conversion: ColumnConversion

    /// Fails with what was expected.
    init(parsing argument: String) throws {
        guard let equals = argument.lastIndex(of: "="), equals > argument.startIndex else {
            throw ValidationError("expected NAME=S or NAME=S,OFFSET, e.g. images=1/255")
        }
        let numbers = argument[argument.index(after: equals)...].split(
            separator: ",", omittingEmptySubsequences: false)
        let values = numbers.compactMap(Self.number)
        guard (1...2).contains(numbers.count), values.count == numbers.count else {
            throw ValidationError(
                "expected NAME=S or NAME=S,OFFSET, each a finite number or a quotient, e.g. images=1/255; found"
                    + " \"\(argument[argument.index(after: equals)...])\" behind the name")
        }
        column = String(argument[..<equals])
        conversion = .scale(values[0], offset: values.count == 2 ? values[1] : 0)
    }

    // A number or a quotient of two, which is how people think of 1/255.
    private static func number(_ text: Substring) -> Float? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
        guard (1...2).contains(parts.count), let first = parts[0] else { return nil }
        guard parts.count == 2 else { return first.isFinite ? Float(first) : nil }
        guard let second = parts[1], second != 0 else { return nil }
        let quotient = Float(first / second)
        return quotient.isFinite ? quotient : nil
    }
}

/// `labels=float32`.
struct CastOption {
    let column: String
    let conversion: ColumnConversion

    /// The types that batches hold.
    private static let types: [ScalarType] = [.float32, .int32]

    /// Fails with what was expected.
    init(parsing argument: String) throws {
        guard let equals = argument.lastIndex(of: "="), equals > argument.startIndex else {
            throw ValidationError("expected NAME=TYPE, e.g. labels=float32")
        }
        let text = argument[argument.index(after: equals)...]
        guard let type = Self.types.first(where: { $0.rawValue == text }) else {
            throw ValidationError(
                "expected NAME=TYPE with one of the types that batches hold, float32 or int32; found \"\(text)\" behind"
                    + " the name (the stored type may be any)")
        }
        column = String(argument[..<equals])
        conversion = .cast(type)
    }
}

/// `labels=10`.
struct OneHotOption {
    let column: String
    let conversion: ColumnConversion

    /// Fails with what was expected.
    init(parsing argument: String) throws {
        guard let equals = argument.lastIndex(of: "="), equals > argument.startIndex else {
            throw ValidationError("expected NAME=CLASSES, e.g. labels=10")
        }
        let text = argument[argument.index(after: equals)...]
        guard let classes = Int(text), classes > 0, classes <= Int(Int32.max) else {
            throw ValidationError(
                "expected NAME=CLASSES, a whole number of classes from 1 to \(Int32.max), e.g. labels=10;"
                    + " found \"\(text)\" behind the name")
        }
        column = String(argument[..<equals])
        conversion = .oneHot(classes: classes)
    }
}
