import Conversion
import Glibc
import Shards

/// Where an output may not be.
enum OutputPlace {
    /// Refuses an output that is one of the input's directories or lies in one: it would be read as input the next time,
    /// or replace what it is made from.
    ///
    /// With `replaces` a dataset of shards may be its own output: it stays whole until everything is read.
    static func check(
        _ output: String, isOutside inputs: [String], replaces: Bool = false
    ) throws(CommandFailure) {
        guard let place = existing(output) else { return }
        let roots = inputs.map(root(of:))
        if replaces, inputs.count == 1, real(roots[0]) == place {
            // Such a conversion that was interrupted while the shards got their places has left no dataset.
            let isUnfinished = access("\(place)/conversion.partial", F_OK) == 0
            if isUnfinished || (try? InputKind.detect(roots)) == .shards { return }
        }
        for (input, directory) in zip(inputs, roots) {
            guard isDirectory(directory), let root = real(directory) else { continue }
            guard place != root, !place.hasPrefix(root == "/" ? root : root + "/") else {
                throw CommandFailure(
                    .usage,
                    place == root
                        ? "--out \(output) is the input \(input); choose another place (a directory of shards is replaced "
                            + "by itself with --force)"
                        : "--out \(output) lies in the input \(input); choose a place outside of it")
            }
        }
    }

    /// Whether an output that exists is one of the inputs.
    static func isAmong(_ inputs: [String], _ output: String) -> Bool {
        guard let place = real(output) else { return false }
        return inputs.contains { real(root(of: $0)) == place }
    }

    /// Refuses to resume a dataset that replaces itself and of which nothing unfinished is left: whether it was replaced
    /// cannot be told any more, and converting it again would change it twice.
    static func checkIsUnfinished(_ output: String, replacing inputs: [String]) throws(CommandFailure) {
        guard inputs.count == 1, let place = real(output), place == real(root(of: inputs[0])),
            access("\(place)/conversion.partial", F_OK) != 0
        else { return }
        throw CommandFailure(
            .usage,
            "there is nothing to resume: \(output) is whole, and no conversion of it is unfinished; `millrace shard info "
                + "\(output)` says how it was made")
    }

    // Where an input lies that stands for a directory: that of a dataset's manifest, which may be gone while the dataset
    // gets its place; else the input itself.
    private static func root(of input: String) -> String {
        let name = input.split(separator: "/").last.map(String.init) ?? input
        guard name == ShardFormat.manifestName, !input.hasSuffix("/"), !isDirectory(input) else { return input }
        let directory = input.dropLast(name.count)
        return directory.isEmpty ? "." : String(directory)
    }

    private static func isDirectory(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    // The path with its links resolved, as far as it exists.
    private static func existing(_ path: String) -> String? {
        var path = path.hasPrefix("/") ? path : "./" + path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        if let whole = real(path) { return whole }
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return nil }
        return existing(String(path[..<slash])).map { $0 + path[slash...] }
    }

    private static func real(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
