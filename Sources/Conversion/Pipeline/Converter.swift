internal import Codecs
internal import DataSource
internal import Glibc
internal import Memory
package import Shards
internal import Workers

/// Makes a dataset of shards out of an input: in parallel, in order, in bounded memory, resumably.
///
/// The output is the same bytes for the same input and options, for any number of workers and any memory, and whether or
/// not it was interrupted.
package final class Converter {
    /// What was made.
    package struct Summary: Sendable {
        package var manifest: ShardManifest
        package var rejectedRows: Int

        /// The first few rejected rows.
        package var rejected: [String]

        /// Whether the output was whole before, and nothing was done.
        package var wasComplete = false
    }

    private let input: any RowInput
    private let options: ConversionOptions
    private let output: OutputDirectory
    private let progress: (ConversionProgress) -> Void
    private let isStopped: () -> Bool

    /// - Parameters:
    ///   - isStopped: polled between two steps; true ends the conversion so that it can be resumed.
    ///   - progress: called from the calling thread, some times a second.
    package init(
        _ input: any RowInput, to directory: String, options: ConversionOptions,
        isStopped: @escaping () -> Bool = { false }, progress: @escaping (ConversionProgress) -> Void = { _ in }
    ) {
        self.input = input
        self.options = options
        output = OutputDirectory(path: Self.withoutSlashes(directory))
        self.isStopped = isStopped
        self.progress = progress
    }

    /// Converts, or goes on with a conversion.
    ///
    /// - Throws: `ConversionError`, `DataError` of the input, `ShardError`, and `OutputError` when the output cannot be
    ///   written. What is finished by then stays, and `ConversionOptions.resumes` goes on from it.
    package func run() throws -> Summary {
        let plan = try ConversionMemory(options, columns: input.columns)
        let identity = "\(options.summary); \(input.fingerprint)"
        var startsAnew = false
        switch try output.state() {
        case .free:
            break
        case .unfinished where options.resumes:
            break
        case .unfinished:
            guard options.overwrites else {
                throw ConversionError(
                    .exists,
                    "\(output.path) holds an unfinished conversion; go on with --resume, or start anew with --force")
            }
            startsAnew = true
        case .occupied(let what):
            if options.resumes, let done = try completed() { return done }
            guard options.overwrites else {
                throw ConversionError(
                    .exists, "\(output.path) holds \(what); replace it with --force, or choose another place")
            }
        }
        try output.create()
        let record = try ConversionRecord(
            directory: output.partial, identity: identity, source: options.source, startsAnew: startsAnew)
        do {
            return try convert(record, plan)
        } catch let tooLarge as RowFeed.PieceTooLarge {
            throw plan.tooSmall(for: tooLarge.byteCount, of: tooLarge.byteLimit)
        }
    }

    // A dataset that this very conversion has made before.
    private func completed() throws -> Summary? {
        guard let manifest = try? ShardManifest(path: "\(output.path)/\(ShardFormat.manifestName)") else { return nil }
        guard try manifest.conversion == conversion() else {
            throw ConversionError(
                .invalid,
                "\(output.path) holds a dataset that another conversion has made; replace it with --force, or choose another"
                    + " place")
        }
        return Summary(manifest: manifest, rejectedRows: 0, rejected: [], wasComplete: true)
    }

    // What the manifest keeps of a conversion's input and options: neither paths nor times, as the same files elsewhere
    // give the same bytes.
    private func conversion() throws(DataError) -> String {
        XXHash64.hash(Array("\(options.summary); \(try input.contents)".utf8)).hexadecimal
    }

    private func convert(_ record: ConversionRecord, _ plan: ConversionMemory) throws -> Summary {
        // One thread more than compute at a time: one of them waits for the disk now and then.
        let pool = WorkPool(threads: options.workers + 1, name: "millrace-conv")
        defer { pool.finish() }
        var reported: RowOrigin = record.next
        if !record.isPublishing {
            // First: a shuffle does without the input in the end.
            let conversion = try conversion()
            var source: any RowInput = input
            var passes = options.passes
            var writing = options
            if let seed = options.shuffleSeed {
                reported = try spill(seed, record, plan, pool)
                source = SpillInput(
                    columns: options.augmentation?.columns ?? input.columns, directory: output.partial,
                    lengths: record.spill?.lengths ?? [], parts: record.spill?.parts ?? 1)
                passes = 1
                // Rows were changed before they were dealt.
                writing.augmentation = nil
            }
            try removeStrays(record)
            try record.checkShards()
            let report = try RejectionReport(
                directory: output.partial, byteCount: reported.reportBytes, rowCount: reported.rejectedRows)
            let stage = ShardStage(writing, columns: source.columns, record: record, report: report, pool: pool)
            let feed = try RowFeed(source, passes: passes, from: record.next, pool: pool, byteLimit: plan.pieceBytes)
            try ConversionLoop(
                stage: options.shuffleSeed == nil ? .converting : .writing, input: source, passes: passes,
                options: options, report: report, pool: pool, isStopped: isStopped, progress: progress
            ).run(feed, into: stage, from: record.next)
            try report.sync()
            reported.reportBytes = report.byteCount
            reported.rejectedRows = report.rowCount
            guard !record.shards.isEmpty else {
                let reasons = try RejectionReport.lines(in: output.partial).first
                try output.removePartial()
                rmdir(output.path)
                let message =
                    report.rowCount == 0
                    ? "the input has no rows" : "every row was rejected, \(report.rowCount) in all"
                throw ConversionError(
                    .invalid,
                    (["\(options.source): \(message); nothing was written"] + reasons.map { "  \($0)" })
                        .joined(separator: "\n"))
            }
            // Every row that was dealt in the first pass of a shuffle came back in the second.
            let written = record.shards.reduce(0) { $0 + $1.entry.rowCount }
            if let spill = record.spill, spill.rowCount != written {
                throw ConversionError(
                    .invalid,
                    "the shuffle wrote \(written) rows of \(spill.rowCount): its spill files are damaged; start anew with --force"
                )
            }
            try output.prepare(manifest(of: record, conversion: conversion))
            try record.beginPublishing()
        }
        return try output.publishPrepared()
    }

    // Deals the rows to spill files, or finds them dealt. Returns the origin that says how long the report is.
    private func spill(
        _ seed: UInt64, _ record: ConversionRecord, _ plan: ConversionMemory, _ pool: WorkPool
    ) throws -> RowOrigin {
        if let known = record.spill, known.isComplete { return known.next }
        let from = record.spill?.next ?? RowOrigin()
        let report = try RejectionReport(
            directory: output.partial, byteCount: from.reportBytes, rowCount: from.rejectedRows)
        let count = record.spill?.lengths.count ?? plan.spillFiles(for: input, passes: options.passes)
        let files = try SpillFiles(
            directory: output.partial, count: count, lengths: record.spill?.lengths,
            bufferBytes: plan.spillBufferBytes(files: count))
        let stage = SpillStage(
            options, seed: seed, columns: input.columns, record: record, report: report, files: files,
            pieceBytes: plan.pieceBytes / 3, pool: pool)
        let feed = try RowFeed(
            input, passes: options.passes, from: from, pool: pool, byteLimit: plan.pieceBytes / 3)
        try ConversionLoop(
            stage: .shuffling, input: input, passes: options.passes, options: options, report: report, pool: pool,
            isStopped: isStopped, progress: progress
        ).run(feed, into: stage, from: from)
        return record.spill?.next ?? from
    }

    private func removeStrays(_ record: ConversionRecord) throws {
        var names = Set(record.shards.map(\.entry.file) + [ConversionRecord.fileName, RejectionReport.fileName])
        for number in (record.spill?.lengths ?? []).indices { names.insert(SpillFiles.name(number)) }
        try output.removeStrays(keeping: names)
    }

    private func manifest(of record: ConversionRecord, conversion: String) -> ShardManifest {
        guard let schema = record.schema else { preconditionFailure("Converter: shards without a schema") }
        var statistics = schema.columns.map { ShardColumnStatistics($0) }
        let measure = record.shards.last?.measure ?? ShuffleMeasure()
        let rows = record.shards.reduce(0) { $0 + $1.entry.rowCount }
        let order = record.shards.last?.order ?? .unshuffled(rowCount: rows)
        for shard in record.shards {
            for column in statistics.indices { statistics[column].merge(shard.statistics[column]) }
        }
        let names: ShardManifest.ClassNames? = record.classColumn.flatMap { column in
            input.classNames.isEmpty
                ? nil : .init(column: schema.columns[column].name, names: input.classNames)
        }
        return ShardManifest(
            schema: schema, shards: record.shards.map(\.entry), statistics: statistics, classNames: names,
            shuffle: .init(
                policy: options.shuffleSeed == nil ? "none" : "permutation", seed: options.shuffleSeed,
                chi2PerDegree: measure.chi2PerDegree,
                unmeasured: measure.gap(column: record.classColumn.map { schema.columns[$0].name }),
                order: order.result),
            augmentation: options.augmentation.map {
                .init(specification: $0.specification, passes: options.passes, seed: $0.seed)
            }, source: input.kind, conversion: conversion)
    }
}
