import ArgumentParser
import KerasFiles
import NeuralNetwork
import Report
import Training

/// `--early-stopping` and the other options that follow a run, end it, or keep its best model.
struct CallbackOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "End the run when a figure has not improved for so many epochs (default: 0), e.g. val_loss:3.",
            valueName: "metric[:patience]"), transform: EarlyStoppingOption.init)
    var earlyStopping: EarlyStoppingOption?

    @Option(
        name: .customLong("reduce-lr"),
        help: ArgumentHelp(
            "Multiply the learning rate by a factor (default: 0.1) when a figure has not improved for so many epochs "
                + "(default: 10), e.g. val_loss:0.5:3.", valueName: "metric[:factor[:patience]]"),
        transform: ReduceLROption.init)
    var reduceLR: ReduceLROption?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Write --out from the epoch with the best value of a figure, e.g. val_accuracy.", valueName: "metric"),
        transform: MetricName.init)
    var saveBest: MetricName?

    @Option(name: .long, help: ArgumentHelp("Write event files for TensorBoard.", valueName: "directory"))
    var tensorboard: String?

    @Option(
        name: .long, help: ArgumentHelp("Write the figures of every epoch as Keras's CSVLogger.", valueName: "file"))
    var csv: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Write the run as one HTML page with charts, at the end of epochs.", valueName: "file"))
    var report: String?

    /// The options that watch a figure, and its name.
    private var watched: [(option: String, metric: String)] {
        [
            ("--early-stopping", earlyStopping?.metric.name), ("--reduce-lr", reduceLR?.metric.name),
            ("--save-best", saveBest?.name),
        ].compactMap { option, metric in metric.map { (option, $0) } }
    }

    /// Refuses what can be seen to be wrong before the work.
    func check(out: String?, hasValidation: Bool) throws {
        if saveBest != nil, out == nil { throw ValidationError("--save-best needs --out, which it writes") }
        for (option, metric) in watched where metric.hasPrefix("val_") && !hasValidation {
            throw ValidationError(
                "\(option) \(metric): there is no validation data; give --validation or --validation-split")
        }
    }

    /// The callbacks that the options ask for, in the order in which they see an epoch's figures.
    ///
    /// - Parameters:
    ///   - model: the model's file.
    ///   - out: the file that the best model is written to.
    func callbacks(model: String, out: String?) throws -> [any Callback] {
        var callbacks: [any Callback] = watched.isEmpty ? [] : [WatchedFigures(watched)]
        if let reduceLR {
            callbacks.append(
                try ReduceLROnPlateau(
                    monitor: reduceLR.metric.name, factor: reduceLR.factor, patience: reduceLR.patience))
        }
        if let earlyStopping {
            callbacks.append(
                EarlyStopping(monitor: earlyStopping.metric.name, patience: earlyStopping.patience))
        }
        if let saveBest, let out {
            // A brace in the file's name is a brace.
            let path = out.replacing("{", with: "{{").replacing("}", with: "}}")
            callbacks.append(
                try ModelCheckpoint(path, monitor: saveBest.name, saveBestOnly: true) { model, path in
                    try ModelOutput.write(model, path)
                    StopDeadline.wroteBest(path)
                })
        }
        if let tensorboard {
            callbacks.append(
                try TensorBoard(tensorboard, histogramFrequency: 1, modelJSON: ModelFile.configuration(of: model)))
        }
        if let csv { callbacks.append(CSVLogger(csv)) }
        return callbacks
    }

    /// The page of `--report`; nil without. Its last error waits until the model is written.
    ///
    /// - Parameter files: what the run reads and writes, for the page.
    func page(_ files: [(name: String, value: String)]) -> HTMLReport? {
        guard let report else { return nil }
        let page = HTMLReport(report, settings: files)
        page.keepsLastError = true
        return page
    }
}

/// A figure's name in an option.
struct MetricName {
    let name: String

    init(_ text: String) throws {
        guard !text.isEmpty, !text.contains(":") else {
            throw ValidationError("expected the name of a figure, for example val_loss")
        }
        name = text
    }
}

/// `METRIC[:patience]`.
struct EarlyStoppingOption {
    let metric: MetricName
    let patience: Int

    init(_ text: String) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let patience = parts.count > 1 ? Int(parts[1]) : 0
        guard parts.count <= 2, !parts[0].isEmpty, let patience, patience >= 0 else {
            throw ValidationError("expected METRIC[:patience], for example val_loss:3")
        }
        metric = try MetricName(parts[0])
        self.patience = patience
    }
}

/// `METRIC[:factor[:patience]]`.
struct ReduceLROption {
    let metric: MetricName
    let factor: Double
    let patience: Int

    init(_ text: String) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let factor = parts.count > 1 ? Double(parts[1]) : 0.1
        let patience = parts.count > 2 ? Int(parts[2]) : 10
        guard parts.count <= 3, !parts[0].isEmpty, let factor, factor >= 0, factor < 1, let patience, patience >= 0
        else {
            throw ValidationError(
                "expected METRIC[:factor[:patience]] with a factor of at least 0 and below 1, for example val_loss:0.5:3"
            )
        }
        metric = try MetricName(parts[0])
        self.factor = factor
        self.patience = patience
    }
}

/// Refuses at the first update names that no figure has: an epoch may take days.
private final class WatchedFigures: Callback {
    private let watched: [(option: String, metric: String)]
    private var isChecked = false

    init(_ watched: [(option: String, metric: String)]) { self.watched = watched }

    func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) throws {
        guard !isChecked else { return }
        isChecked = true
        let names = report.logs.all.map(\.name)
        for (option, metric) in watched {
            let name = metric.hasPrefix("val_") ? String(metric.dropFirst(4)) : metric
            // The learning rate is a figure of the epochs in which it changes.
            guard !names.contains(name), metric != "learning_rate" else { continue }
            let known = names + (run.hasValidation == true ? names.map { "val_" + $0 } : [])
            throw CommandFailure(
                .usage, "\(option) \(metric): no figure of this run; it has \(known.joined(separator: ", "))")
        }
    }
}
