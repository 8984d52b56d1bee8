import ArgumentParser
import DataSource
import HDF5Store
import KerasFiles
import Memory
import NeuralNetwork
import Training

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints what a data file or a model holds.",
        discussion: """
            Example:
              millrace inspect net.keras train.h5 shards/
            """)

    @Argument(help: ArgumentHelp("Models (.keras, .json), HDF5 files and datasets of shards.", valueName: "file"))
    var files: [String]

    @Option(name: .long, help: ArgumentHelp("Also plan a model's step for this batch size.", valueName: "n"))
    var batchSize: [Int] = []

    @Flag(name: .long, help: "Print errors only: says whether the files can be read.")
    var quiet = false

    func validate() throws {
        guard !files.isEmpty else { throw ValidationError("name at least one file") }
        if let wrong = batchSize.first(where: { $0 <= 0 }) {
            throw ValidationError("--batch-size is \(wrong), expected a positive number")
        }
    }

    func run() throws {
        for file in files {
            if ModelFile.isModel(file) { try inspectModel(file) } else { try inspectData(file) }
        }
    }

    private func inspectData(_ path: String) throws {
        if DataFiles.kind(of: path) == .shards {
            let summary = try ShardSummary(path)
            try show(path)
            for line in summary.lines { try show("  \(line)") }
            return
        }
        try show(path)
        let file = try HDF5File(path: path)
        for listing in try file.datasets(triesFirst: true) {
            try show("  \(listing); \(Self.reading(of: listing, in: file))")
        }
    }

    /// How rows of a dataset are read: outside of the library's lock, through the library, or not at all, and why.
    private static func reading(of listing: HDF5Listing, in file: HDF5File) -> String {
        guard listing.type.scalar != nil else { return "no column: not numbers" }
        guard !listing.shape.isEmpty else { return "no column: a single value" }
        do {
            let dataset = try file.dataset(listing.name, triesFirst: true)
            return dataset.libraryReason.map { "read through the HDF5 library, slower: \($0)" } ?? "decoded by millrace"
        } catch {
            return "cannot be read: \(error.message)"
        }
    }

    private func inspectModel(_ path: String) throws {
        let model = try Model.load(path)
        try show("\(path): \(model.name), \(model.parameterCount) parameters")
        for input in model.inputs { try show("  \(pad(input.name, 24))\(pad("Input", 16))\(input.extentsText)") }
        for line in model.layerSummary {
            try show("  \(pad(line.name, 24))\(pad(line.kind, 16))\(pad(line.extentsText, 20))\(line.parameters)")
        }
        if let compilation = model.compilation {
            try show("  compiled with \(type(of: compilation.optimizer).kind)")
            if let note = model.optimizerNote { try show("    \(note)") }
            for (name, output) in zip(model.outputNames, compilation.outputs) where output.loss != nil {
                let metrics = (output.metrics + output.weightedMetrics).map(\.name)
                let weight = output.lossWeight == 1 ? "" : " × \(output.lossWeight)"
                try show(
                    "    \(name): " + ([(output.loss?.name ?? "no loss") + weight] + metrics).joined(separator: ", "))
            }
        } else {
            try show("  not compiled" + (model.compilationProblem.map { ": \($0)" } ?? ""))
        }
        guard model.compilation != nil else {
            for size in batchSize {
                try show(model.predictionReport(batchSize: size).lines(of: "a prediction of \(size) rows"))
            }
            return
        }
        try show("  memory of a training step (parameters, gradients, optimizer, activations):")
        for size in batchSize.isEmpty ? [1, 32, 128, 512] : batchSize {
            let step = try model.stepMemory(batchSize: size)
            let parts = [step.parameters, step.gradients, step.optimizer, step.activations].map {
                ByteCount($0).description
            }
            try show(
                "    batch size \(pad("\(size)", 6))\(pad(ByteCount(step.total).description, 12))= \(parts.joined(separator: " + "))"
            )
            if batchSize.contains(size) {
                let (kept, recomputed) = (ByteCount(step.activations), ByteCount(step.recomputedActivations))
                try show(
                    "      with activations computed twice (--recompute always): arena \(recomputed) instead of \(kept)"
                )
            }
        }
        for size in batchSize {
            try show(model.planReport(batchSize: size).lines(of: "a training step of \(size) rows"))
        }
    }

    private func show(_ lines: [String]) throws {
        for line in lines { try show("  " + line) }
    }

    private func show(_ line: String) throws {
        if !quiet { try printOutput(line) }
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
