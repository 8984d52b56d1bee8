/// The options of a command line as they were written, by their names, in their order.
struct GivenOptions {
    /// A flag has no values.
    struct Option: Equatable {
        let name: String
        var values: [String]
    }

    private(set) var options: [Option] = []

    /// Reads arguments behind the command's name. What is neither an option nor its value is left out: parsing
    /// refuses it.
    init(_ arguments: [String]) {
        for argument in arguments {
            if argument.hasPrefix("--"), argument.count > 2 {
                let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                add(String(parts[0]), parts.count > 1 ? [String(parts[1])] : [])
            } else if !options.isEmpty {
                options[options.count - 1].values.append(argument)
            }
        }
        options = options.reduce(into: []) { merged, option in
            if let index = merged.firstIndex(where: { $0.name == option.name }) {
                merged[index].values += option.values
            } else {
                merged.append(option)
            }
        }
    }

    private mutating func add(_ name: String, _ values: [String]) { options.append(Option(name: name, values: values)) }

    /// Without the options of these names.
    func without(_ names: Set<String>) -> GivenOptions {
        var rest = self
        rest.options.removeAll { names.contains($0.name) }
        return rest
    }

    /// With other values for an option, or with one more.
    mutating func set(_ name: String, _ value: String) {
        options.removeAll { $0.name == name }
        options.append(Option(name: name, values: [value]))
    }

    /// As arguments; an option of several values is repeated.
    var arguments: [String] {
        options.flatMap { option in
            option.values.isEmpty ? ["--\(option.name)"] : option.values.flatMap { ["--\(option.name)", $0] }
        }
    }
}
