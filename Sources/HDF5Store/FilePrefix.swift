/// Folders in which the library looks for a dataset's other files, as environment variables give them.
package enum FilePrefix {
    private static let origin = "${ORIGIN}"

    /// A prefix with the folder of `file` in place of `${ORIGIN}` at its beginning.
    package static func expanded(_ prefix: String, of file: String) -> String {
        guard prefix.hasPrefix(origin) else { return prefix }
        let folder = VirtualSource.folder(of: file)
        let rest = prefix.dropFirst(origin.count)
        // A folder ends with a slash, but for that of a bare name.
        return (folder.isEmpty ? "./" : folder) + (rest.hasPrefix("/") ? rest.dropFirst() : rest)
    }
}
