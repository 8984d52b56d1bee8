internal import Codecs
internal import Memory

/// Checks everything about a dataset: every frame of every shard, every hash, the manifest against the files.
///
/// A caller verifies the shards in any order, on any threads, and then asks for the problems of all. Everything that
/// is wrong is named, not just the first.
package struct ShardVerification: Sendable {
    /// What one shard is like.
    package struct Report: Sendable {
        /// What is wrong with the shard.
        package fileprivate(set) var problems: [ShardError] = []

        /// Of its rows; nil where not all of them decode.
        package fileprivate(set) var statistics: [ShardColumnStatistics]?

        /// Bytes that were decoded.
        package fileprivate(set) var contentBytes = 0
    }

    package let manifest: ShardManifest
    private let place: ShardDirectory
    private let call: ReadCall

    /// Bytes that are hashed at a time.
    private static let window = 1 << 20

    /// Reads the manifest; throws when that alone is not valid.
    package init(path: String, call: ReadCall = .system) throws(ShardError) {
        place = try ShardDirectory(path: path)
        manifest = try ShardManifest(path: place.manifestPath, call: call)
        self.call = call
    }

    /// Shards to verify.
    package var shardCount: Int { manifest.shards.count }

    /// Reads all of a shard. `decoder` is the caller's own, to be used again for the next shard.
    package func verify(shard number: Int, decoder: BlockDecoder) -> Report {
        var report = Report()
        let entry = manifest.shards[number]
        let path = place.directory + "/" + entry.file
        guard place.names.contains(entry.file) else {
            report.problems.append(
                ShardError(.missing, path: path, "no such file, and the manifest lists it as shard \(number)"))
            return report
        }
        if let problem = hashProblem(entry, path) { report.problems.append(problem) }
        guard let file = open(entry, number, path, &report.problems) else { return report }
        decode(file, decoder, &report)
        return report
    }

    /// What is wrong with the whole: the problems of `reports`, one a shard in their order, then what only all shards
    /// together show.
    package func problems(_ reports: [Report]) -> [ShardError] {
        precondition(reports.count == shardCount, "ShardVerification: \(reports.count) reports of \(shardCount) shards")
        var problems = reports.flatMap(\.problems)
        problems += extraFiles()
        var totals = manifest.schema.columns.map { ShardColumnStatistics($0) }
        for report in reports {
            // Without all rows there is nothing to compare, and the reason is among the problems.
            guard let statistics = report.statistics else { return problems }
            for column in totals.indices { totals[column].merge(statistics[column]) }
        }
        for (index, column) in manifest.schema.columns.enumerated() {
            if let difference = totals[index].difference(from: manifest.statistics[index]) {
                problems.append(
                    ShardError(
                        .inconsistent, path: place.manifestPath, column: column.name,
                        "statistics: \(difference); convert the data again"))
            }
        }
        return problems
    }

    private func hashProblem(_ entry: ShardEntry, _ path: String) -> ShardError? {
        do throws(ShardError) {
            let file = try ShardBytes(path: path, call: call)
            let window = GrowableBytes(capacity: min(Self.window, file.byteCount))
            var hash = XXHash64()
            for start in stride(from: 0, to: file.byteCount, by: Self.window) {
                window.truncate(to: 0)
                let part = unsafe window.extend(by: min(Self.window, file.byteCount - start))
                try unsafe file.fill(part, at: start)
                unsafe hash.update(UnsafeRawBufferPointer(part))
            }
            guard hash.value != entry.hash else { return nil }
            return ShardError(
                .damaged, path: path,
                "the file has hash \(hash.value.hexadecimal), expected \(entry.hash.hexadecimal), as the manifest says")
        } catch {
            return error
        }
    }

    // As the manifest describes it; else by itself, so that its blocks are looked at all the same.
    private func open(_ entry: ShardEntry, _ number: Int, _ path: String, _ problems: inout [ShardError]) -> ShardFile?
    {
        let expectation = ShardFile.Expectation(entry, schema: manifest.schema, shard: number)
        do throws(ShardError) {
            return try ShardFile(path: path, expecting: expectation, call: call)
        } catch {
            if !problems.contains(error) { problems.append(error) }
        }
        do throws(ShardError) {
            return try ShardFile(path: path, call: call)
        } catch {
            if !problems.contains(error) { problems.append(error) }
            return nil
        }
    }

    private func decode(_ file: ShardFile, _ decoder: BlockDecoder, _ report: inout Report) {
        let isExpected = file.schema == manifest.schema
        var summarizer = RowSummarizer(file.schema.columns)
        var totals = file.schema.columns.map { ShardColumnStatistics($0) }
        let rows = RowChunk(file.schema.columns)
        var isWhole = true
        for block in 0..<file.blockCount {
            rows.removeAll()
            do throws(ShardError) {
                try decoder.load(file, block: block)
                try decoder.append(to: rows)
            } catch {
                isWhole = false
                report.problems += Self.problems(file, block, decoder, orElse: error)
                continue
            }
            report.contentBytes += rows.byteCount
            for column in totals.indices {
                var statistics = summarizer.statistics(of: 0..<rows.rowCount, in: rows, column: column)
                let frame = file.frame(block: block, column: column)
                statistics.contentBytes = Int(frame.contentBytes)
                statistics.storedBytes = Int(frame.storedBytes)
                statistics.largestContentBytes = statistics.contentBytes
                statistics.largestStoredBytes = statistics.storedBytes
                totals[column].merge(statistics)
            }
        }
        if isWhole, isExpected { report.statistics = totals }
    }

    // A block that does not decode as a whole, column by column.
    private static func problems(
        _ file: ShardFile, _ block: Int, _ decoder: BlockDecoder, orElse first: ShardError
    ) -> [ShardError] {
        var problems: [ShardError] = []
        for column in file.schema.columns.indices {
            do throws(ShardError) {
                try decoder.load(file, block: block, columns: column..<column + 1)
                try decoder.append(to: RowChunk([file.schema.columns[column]]))
            } catch {
                problems.append(error)
            }
        }
        return problems.isEmpty ? [first] : problems
    }

    private func extraFiles() -> [ShardError] {
        let listed = Set(manifest.shards.map(\.file))
        return place.names.subtracting(listed).sorted().compactMap { name in
            let path = place.directory + "/" + name
            // A conversion that is to replace this dataset leaves it whole until it is done.
            if ShardDirectory.isUnfinishedRecord(name) { return nil }
            if name.hasPrefix(".shard-") && name.contains(".zst.") {
                return ShardError(
                    .inconsistent, path: path,
                    "left by a conversion that was interrupted; delete it, or resume that one")
            }
            guard name.hasSuffix(".zst") else { return nil }
            return ShardError(
                .inconsistent, path: path, "the manifest does not list this shard; delete it, or move it away")
        }
    }
}
