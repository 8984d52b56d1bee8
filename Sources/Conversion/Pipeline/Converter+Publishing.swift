internal import Shards

extension Converter {
    /// Ends an interrupted conversion of which nothing is left but giving the shards their names: without its input,
    /// which may be gone by then, or be the very dataset that is replaced.
    ///
    /// Returns nil where there is no such conversion, or one with other options or another source. `augmentation` is
    /// what the manifest says of it; `options.augmentation`, which needs the input's columns, is not looked at.
    package static func publishUnfinished(
        in directory: String, options: ConversionOptions, augmentation: (specification: [String], seed: UInt64)?
    ) throws -> Summary? {
        let output = OutputDirectory(path: withoutSlashes(directory))
        guard case .unfinished = try output.state() else { return nil }
        // Known to exist, as the record is made with the directory: opening it creates nothing.
        guard let record = try ConversionRecord(directory: output.partial, prefix: options.plainSummary + " "),
            record.isPublishing, let manifest = try? output.preparedManifest(), record.source == options.source,
            manifest.augmentation?.seed == augmentation?.seed,
            manifest.augmentation?.specification == augmentation?.specification
        else { return nil }
        return try output.publishPrepared()
    }

    /// A directory as a user writes it, as other paths are made of it.
    static func withoutSlashes(_ path: String) -> String {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }
}

extension OutputDirectory {
    /// Writes the manifest to the place for unfinished things: from then on nothing else is needed to publish.
    func prepare(_ manifest: ShardManifest) throws { try manifest.write(directory: partial) }

    /// The manifest that was written, or that has its place already.
    func preparedManifest() throws(ShardError) -> ShardManifest {
        let name = ShardFormat.manifestName
        do throws(ShardError) {
            return try ShardManifest(path: "\(partial)/\(name)")
        } catch {
            guard error.kind == .missing else { throw error }
            return try ShardManifest(path: "\(path)/\(name)")
        }
    }

    /// Publishes what was prepared.
    func publishPrepared() throws -> Converter.Summary {
        let manifest = try preparedManifest()
        try publish(manifest, report: RejectionReport.fileName)
        // Now that the report has its place, or an older one was removed.
        let report = try RejectionReport.lines(in: path)
        return Converter.Summary(manifest: manifest, rejectedRows: report.count, rejected: report.first)
    }
}
