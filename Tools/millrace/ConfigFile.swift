import Foundation
import Yams

/// `--config run.yaml`: options by their names; flags on the command line win.
enum ConfigFile {
    /// The arguments with the options of the file in front of the user's own.
    static func expand(_ arguments: [String]) throws(CommandFailure) -> [String] {
        guard let position = arguments.firstIndex(where: { $0 == "--config" || $0.hasPrefix("--config=") }),
            let command = arguments.first, !command.hasPrefix("-")
        else { return arguments }
        let path: String
        var rest = arguments
        if arguments[position] == "--config" {
            guard position + 1 < arguments.count else { return arguments }
            path = arguments[position + 1]
            rest.removeSubrange(position...position + 1)
        } else {
            path = String(arguments[position].dropFirst("--config=".count))
            rest.remove(at: position)
        }
        let given = Set(rest.filter { $0.hasPrefix("--") }.map { String($0.prefix { $0 != "=" }) })
        var options: [String] = []
        for (name, values) in try read(path) where !given.contains("--\(name)") {
            options += values.isEmpty ? ["--\(name)"] : values.flatMap { ["--\(name)", $0] }
        }
        return [command] + options + rest.dropFirst()
    }

    /// The options of a file; a flag has no values, and is absent when false.
    private static func read(_ path: String) throws(CommandFailure) -> [(name: String, values: [String])] {
        guard let text = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(.missing, "\(path): cannot be read; --config takes a YAML file")
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: String(decoding: text, as: UTF8.self))
        } catch {
            throw CommandFailure(.invalid, "\(path): \(error)")
        }
        guard let root else { return [] }
        guard let mapping = root.mapping else {
            throw CommandFailure(.invalid, "\(path): expected options by name, for example \"epochs: 5\"")
        }
        var result: [(name: String, values: [String])] = []
        for (key, value) in mapping {
            guard let name = key.string else { throw CommandFailure(.invalid, "\(path): a name is not text") }
            if let flag = value.bool, value.scalar?.style == .plain {
                if flag { result.append((name, [])) }
            } else if let sequence = value.sequence {
                let values = sequence.compactMap(\.scalar?.string)
                guard values.count == sequence.count else {
                    throw CommandFailure(.invalid, "\(path): an element of \(name) is neither text nor a number")
                }
                result.append((name, values))
            } else if let scalar = value.scalar {
                result.append((name, [scalar.string]))
            } else {
                throw CommandFailure(.invalid, "\(path): \(name) is neither a value nor a list of values")
            }
        }
        return result
    }
}
