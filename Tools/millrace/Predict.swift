import ArgumentParser
import DataSource
import KerasFiles
import Memory
import Millrace
import NeuralNetwork
import Training
import Workers

struct Predict: ParsableCommand, ComputingCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes a model's predictions for a dataset, row by row in order.",
        discussion: """
            Example:
              millrace predict --model trained.keras --data test.h5 --out pred.h5

            The file holds a float32 dataset "predictions" with one row a sample; of a model with several outputs, one
            dataset for each, named like the output.
            """)

    @Option(name: .long, help: ArgumentHelp("The model: \(ModelFile.kinds).", valueName: "file"))
    var model: String

    @OptionGroup var weights: WeightsOptions

    @OptionGroup var data: DataOptions

    @Option(name: .long, help: ArgumentHelp("The HDF5 file to write.", valueName: "file"))
    var out: String

    func run() throws {
        StopSignal.install()
        StopDeadline.start(hasCheckpoints: false)
        data.applyThreads()
        let guardian = data.cap.guarded()
        defer { withExtendedLifetime(guardian) {} }
        let model = try weights.model(model)
        let source = try data.source(for: model, requiresTargets: false)
        let stop = LambdaCallback(
            predictionBatchWillBegin: { _ in
                if let number = StopSignal.number {
                    throw CommandFailure(.stopped, "stopped by signal \(number); \(out) was not written")
                }
                // Only what is waited for data counts for the deadline.
                StopDeadline.pause()
            }, predictionBatchDidEnd: { _ in StopDeadline.goOn() }, predictionDidEnd: { _ in StopDeadline.turnOff() })
        let datasets = try CommandFailure.naming(data.name) {
            try model.predict(
                source, to: out, batchSize: data.batchSize, memory: data.cap, callbacks: [stop],
                willWrite: StopDeadline.removes)
        }
        if !data.quiet {
            let shape = datasets[0].shape.withoutFirst
            let what = datasets.count == 1 ? "of shape \(shape)" : "of \(datasets.map(\.name).joined(separator: ", "))"
            printError("wrote \(source.rowCount) predictions \(what) to \(out); \(data.peakText)")
        }
    }
}
