import ArgumentParser
import DataSource
import JSONText
import KerasFiles
import NeuralNetwork
import Training
import Workers

struct Evaluate: ParsableCommand, ComputingCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints a model's loss and metrics over a dataset.",
        discussion: """
            Example:
              millrace evaluate --model trained.keras --data test.h5 --json
            """)

    @Option(name: .long, help: ArgumentHelp("The model, compiled: \(ModelFile.kinds).", valueName: "file"))
    var model: String

    @OptionGroup var weights: WeightsOptions

    @OptionGroup var data: DataOptions

    @Flag(name: .long, help: "Print one JSON object on standard output.")
    var json = false

    func run() throws {
        StopSignal.install()
        StopDeadline.start(hasCheckpoints: false)
        data.applyThreads()
        let guardian = data.cap.guarded()
        defer { withExtendedLifetime(guardian) {} }
        let model = try weights.model(model)
        // Only what is waited for data counts for the deadline.
        let stop = LambdaCallback(
            validationBatchWillBegin: { _ in
                if let number = StopSignal.number {
                    throw CommandFailure(
                        .stopped, "stopped by signal \(number) before all rows were evaluated: there are no figures")
                }
                StopDeadline.pause()
            }, validationBatchDidEnd: { _ in StopDeadline.goOn() })
        let logs = try CommandFailure.naming(data.name) {
            try model.evaluate(
                try data.source(for: model), batchSize: data.batchSize, memory: data.cap,
                sampleWeights: try data.outputWeights(for: model), callbacks: [stop])
        }
        StopDeadline.turnOff()
        if json {
            let members = logs.all.map { JSONValue.Member(key: $0.name, value: .number($0.value)) }
            try printOutput(JSONValue.object(members).text(isStrict: true))
        } else {
            try printOutput(logs.all.map { "\($0.name): \($0.value)" }.joined(separator: " - "))
        }
        if !data.quiet { printError(data.peakText) }
    }
}
