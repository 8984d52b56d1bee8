import ArgumentParser
import DataSource

/// `--scale`, `--one-hot` and `--sparse`: what happens to columns on their way into batches.
struct ConversionOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Multiply a column by S and add OFFSET, e.g. images=1/255 or x=2,-1; repeat for several.",
            valueName: "name=s[,offset]"))
    var scale: [ScaleOption] = []

    @Option(
        name: .long,
        help: ArgumentHelp("Make one-hot rows of a target's class numbers, e.g. labels=10.", valueName: "name=classes"))
    var oneHot: [OneHotOption] = []

    @Option(name: .long, help: ArgumentHelp("Make class numbers of a target's one-hot rows.", valueName: "name"))
    var sparse: [String] = []

    func validate() throws {
        var options: [String: String] = [:]
        for (name, option) in scale.map({ ($0.column, "--scale") }) + oneHot.map({ ($0.column, "--one-hot") })
            + sparse.map({ ($0, "--sparse") })
        {
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
struct ScaleOption: ExpressibleByArgument {
    let column: String
    let conversion: ColumnConversion

    init?(argument: String) {
        guard let equals = argument.lastIndex(of: "=") else { return nil }
        let numbers = argument[argument.index(after: equals)...].split(
            separator: ",", omittingEmptySubsequences: false)
        guard equals > argument.startIndex, (1...2).contains(numbers.count), let factor = Self.number(numbers[0])
        else { return nil }
        var offset: Float = 0
        if numbers.count == 2 {
            guard let number = Self.number(numbers[1]) else { return nil }
            offset = number
        }
        column = String(argument[..<equals])
        conversion = .scale(factor, offset: offset)
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

/// `labels=10`.
struct OneHotOption: ExpressibleByArgument {
    let column: String
    let conversion: ColumnConversion

    init?(argument: String) {
        guard let equals = argument.lastIndex(of: "="), equals > argument.startIndex,
            let classes = Int(argument[argument.index(after: equals)...]), classes > 0, classes <= Int(Int32.max)
        else { return nil }
        column = String(argument[..<equals])
        conversion = .oneHot(classes: classes)
    }
}
