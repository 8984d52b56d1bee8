import Memory
import NeuralNetwork

/// Writes event files that TensorBoard shows. Keras's callback of this name, with its directories, tags and steps.
///
/// Below the directory, `train` has the figures of training (`epoch_loss`, …, `epoch_learning_rate`), `validation` those of
/// validation under the same tags, at the epoch counted from 0; and `evaluation_…_vs_iterations` at the number of updates.
/// With `.updates(n)` every n-th update writes `batch_loss` and so on, at its number from 1. Weights have histograms
/// (`dense/kernel/histogram`), and the run's configuration is a text.
public final class TensorBoard: Callback {
    /// How often figures of training are written beside those of epochs.
    public enum UpdateFrequency: Sendable, Hashable {
        case epoch
        /// Every so many updates.
        case updates(Int)
    }

    public let directory: String
    public let histogramFrequency: Int
    public let updateFrequency: UpdateFrequency
    public let writesStepsPerSecond: Bool
    private let modelJSON: String?
    private var train: EventFile?
    private var validation: EventFile?
    private var updates = 0
    private var firstIteration = 0
    /// What a checkpoint kept, until the run begins.
    private var restored: CallbackState?
    private var hasBegun = false

    /// - Parameters:
    ///   - histogramFrequency: histograms of weights every so many epochs; 0: none.
    ///   - writesStepsPerSecond: adds `epoch_steps_per_second`.
    ///   - modelJSON: the model's configuration as Keras's `to_json` writes it, for the graph.
    /// - Throws: `TrainingError` for a frequency that cannot be meant.
    public init(
        _ directory: String = "logs", histogramFrequency: Int = 0, updateFrequency: UpdateFrequency = .epoch,
        writesStepsPerSecond: Bool = false, modelJSON: String? = nil
    ) throws(TrainingError) {
        if case .updates(let count) = updateFrequency, count < 1 {
            throw TrainingError(.usage, "TensorBoard: every \(count) updates, expected a positive number")
        }
        guard histogramFrequency >= 0 else {
            throw TrainingError(
                .usage, "TensorBoard: histograms every \(histogramFrequency) epochs, expected at least 0")
        }
        self.directory = directory
        self.histogramFrequency = histogramFrequency
        self.updateFrequency = updateFrequency
        self.writesStepsPerSecond = writesStepsPerSecond
        self.modelJSON = modelJSON
    }

    public func trainWillBegin(_ run: TrainingRun) throws {
        (train, validation, updates, hasBegun) = (nil, nil, 0, true)
        // A directory that cannot be written is found out before the work.
        try makeDirectories(directory)
        try goOn()
    }

    public func epochWillBegin(_ run: TrainingRun) throws {
        firstIteration = run.model.iterations
        guard train == nil else { return }
        var opening: [EventValue] = [.text("configuration", configuration(of: run))]
        if let modelJSON { opening.append(.graph("keras", json: modelJSON)) }
        try trainFile().add(opening, step: 0)
    }

    public func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) throws {
        updates += 1
        guard case .updates(let every) = updateFrequency, updates % every == 0 else { return }
        let rate = EventValue.scalar("batch_learning_rate", Double(report.learningRate))
        try trainFile().add(report.logs.all.map { .scalar("batch_\($0.name)", $0.value) } + [rate], step: updates)
    }

    public func validationDidEnd(_ logs: Logs, _ run: TrainingRun) throws {
        try validationFile().add(
            logs.all.map { .scalar("evaluation_\($0.name)_vs_iterations", $0.value) }, step: run.model.iterations)
    }

    /// A copy of the weights while their histograms are counted.
    public func heldBytes(_ model: Model) -> Int { histogramFrequency > 0 ? model.parameterCount * 4 : 0 }

    public func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) throws {
        let step = report.epoch - 1
        var figures = report.figures.filter { !$0.name.hasPrefix("val_") && $0.name != "learning_rate" }
        if let rate = run.model.learningRate { figures.append(("learning_rate", Double(rate))) }
        if writesStepsPerSecond, report.seconds > 0 {
            figures.append(("steps_per_second", Double(run.model.iterations - firstIteration) / report.seconds))
        }
        try trainFile().add(figures.map { .scalar("epoch_\($0.name)", $0.value) }, step: step)
        let validated = report.figures.filter { $0.name.hasPrefix("val_") }
        if !validated.isEmpty {
            try validationFile().add(
                validated.map { .scalar("epoch_\($0.name.dropFirst(4))", $0.value) }, step: step)
        }
        guard histogramFrequency > 0, step % histogramFrequency == 0 else { return }
        for weight in run.model.weights {
            let buckets = WeightHistogram.buckets(of: weight.values)
            guard !buckets.isEmpty else { continue }
            try trainFile().add([.histogram("\(weight.name)/histogram", buckets)], step: step)
        }
    }

    public func trainDidEnd(_ run: TrainingRun) { (train, validation, hasBegun) = (nil, nil, false) }

    private func trainFile() throws -> EventFile {
        if let train { return train }
        let file = try EventFile(in: "\(directory)/train")
        train = file
        return file
    }

    private func validationFile() throws -> EventFile {
        if let validation { return validation }
        let file = try EventFile(in: "\(directory)/validation")
        validation = file
        return file
    }

    /// What is trained and how, in Markdown.
    private func configuration(of run: TrainingRun) -> String {
        let model = run.model
        var lines = ["model **\(model.name)**, \(model.parameterCount) parameters", ""]
        lines += ["| layer | kind | output shape | parameters |", "|---|---|---|---|"]
        lines += model.layerSummary.map { "| \($0.name) | \($0.kind) | \($0.extentsText) | \($0.parameters) |" }
        lines.append("")
        guard let compilation = model.compilation else { return lines.joined(separator: "\n") }
        let optimizer = compilation.optimizer
        lines += ["- optimizer: \(type(of: optimizer).kind), learning rate \(optimizer.learningRate)"]
        for (name, output) in zip(model.outputNames, compilation.outputs) {
            let metrics = (output.metrics + output.weightedMetrics).map(\.name)
            lines.append(
                "- \(name): loss \(output.loss?.name ?? "none")"
                    + (metrics.isEmpty ? "" : ", metrics \(metrics.joined(separator: ", "))"))
        }
        lines.append("- epochs: \(run.epochs)")
        return lines.joined(separator: "\n")
    }

    public var state: CallbackState {
        get throws {
            var state = CallbackState(
                numbers: ["updates": Double(updates), "first_iteration": Double(firstIteration)])
            for (name, file) in [("train", train), ("validation", validation)] {
                guard let file else { continue }
                state.set([file.path], "\(name)_path")
                state.numbers["\(name)_length"] = Double(try file.durableLength)
            }
            return state
        }
    }

    public func restore(_ state: CallbackState) throws {
        restored = state
        if hasBegun { try goOn() }
    }

    private func goOn() throws {
        guard let restored else { return }
        self.restored = nil
        updates = restored.integer("updates")
        firstIteration = restored.integer("first_iteration")
        func file(_ name: String) throws -> EventFile? {
            guard let path = restored.texts("\(name)_path")?.first else { return nil }
            if let slash = path.lastIndex(of: "/") { try makeDirectories(String(path[..<slash])) }
            return try EventFile(path: path, length: restored.integer("\(name)_length"))
        }
        train = try file("train")
        validation = try file("validation")
    }
}
