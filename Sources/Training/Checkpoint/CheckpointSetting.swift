import Codecs
import DataSource
import Engine
import Glibc
import JSONText
import Memory
import NeuralNetwork

/// One thing that must be the same when a run goes on: what it is called, and what it was.
struct CheckpointSetting: Equatable {
    let name: String
    /// Lists have a line for each element.
    let value: String

    /// What is expected and what was found, for people; of lists the first lines that differ.
    static func differences(expected: [Self], found: [Self]) -> [String] {
        expected.compactMap { expected -> String? in
            let value = found.first { $0.name == expected.name }?.value ?? "nothing"
            guard value != expected.value else { return nil }
            let lines = expected.value.split(separator: "\n", omittingEmptySubsequences: false)
            let others = value.split(separator: "\n", omittingEmptySubsequences: false)
            let place = zip(lines, others).prefix { $0 == $1 }.count
            func line(_ lines: [Substring]) -> String { place < lines.count ? String(lines[place]) : "no more" }
            return "\(expected.name): expected \(line(lines)), found \(line(others))"
        }
    }
}

extension Array where Element == CheckpointSetting {
    var json: JSONValue { .object(map { .init(key: $0.name, value: .string($0.value)) }) }

    init(_ json: JSONValue?) {
        self = json?.members?.map { CheckpointSetting(name: $0.key, value: $0.value.stringValue ?? "") } ?? []
    }
}

extension Model {
    /// What of the model and its compilation decides a run's arithmetic. What callbacks may change is left out.
    func checkpointSettings() throws(TrainingError) -> [CheckpointSetting] {
        let compilation = try Session.of(self).compilation()
        return [
            .init(
                name: "layers",
                value: allLayers.map { "\($0.name), \($0.kind) in \($0.policy.rawValue)" }.joined(separator: "\n")),
            .init(
                name: "parameters",
                value: store.entries.map { "\($0.name) \($0.shape)" }.joined(separator: "\n")),
            .init(
                name: "optimizer",
                // A rate that is a number may be set at any time.
                value: stableDescription(of: compilation.optimizer) { name, value in
                    name == "schedule" && (value as? any LearningRateSchedule)?.isConstant == true
                }),
            .init(
                name: "losses and metrics",
                value: compilation.outputs.map { stableDescription(of: $0) }.joined(separator: "\n")),
            .init(name: "computation", value: computationHash(compilation)),
        ]
    }

    /// A hash of the operations from the inputs to loss and metrics. Which layers are trained does not matter.
    private func computationHash(_ compilation: Compilation) -> String {
        let graph = Graph()
        let inputs = inputs.map { graph.input($0.name, shape: $0.shape.prepending(fewestRows), type: $0.type) }
        var objective = Objective(
            trace(graph, inputs: inputs, isTraining: true), StepKey(mode: .train, rows: fewestRows), names: outputNames)
        for (index, output) in compilation.outputs.enumerated() {
            // `compile` has refused what does not fit.
            do { try objective.add(output, at: index) } catch { return error.description }
        }
        _ = objective.finish()
        var hash = DataHash()
        for node in graph.nodes {
            hash.add("\(node.operation.name) \(node.inputs) \(stableDescription(of: node.operation))".utf8)
        }
        return hash.value.hexadecimal
    }

    /// What the last bits of results depend on, beside the settings of a run.
    static var checkpointEnvironment: [CheckpointSetting] {
        [
            .init(name: "compute threads", value: "\(ComputeThreads.count)"),
            .init(name: "processor", value: processorName),
        ]
    }

    /// The processor as the kernel names it.
    package static var processorName: String {
        guard let file = fopen("/proc/cpuinfo", "r") else { return "unknown" }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4096)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(
                decoding: line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix("model name"), let colon = text.firstIndex(of: ":") else { continue }
            return String(text[text.index(after: colon)...].drop { $0 == " " })
        }
        return "unknown"
    }
}

extension FitSettings {
    var sampleWeightsText: String {
        sampleWeights.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }

    /// What of the settings decides a run's arithmetic, beside what `StreamState` checks.
    func checkpointSettings(validation: (any Source)?) throws(DataError) -> [CheckpointSetting] {
        let weights = classWeights?.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        var settings: [CheckpointSetting] = [
            .init(name: "initial epoch", value: "\(initialEpoch)"),
            .init(name: "steps per epoch", value: stepsPerEpoch.map { "\($0)" } ?? "the whole data"),
            .init(name: "accumulated parts", value: "\(accumulate ?? 1)"),
            .init(name: "batch normalization statistics", value: batchNormalizationStatistics.rawValue),
            .init(name: "sample weights of outputs", value: sampleWeightsText),
            .init(name: "class weights", value: weights ?? "none"),
            .init(name: "on bad blocks", value: "\(onBadBlock)"),
            .init(name: "validation data", value: try validation?.identity ?? "none"),
        ]
        guard validation != nil else { return settings }
        settings += [
            .init(name: "validation frequency", value: "\(validationFrequency)"),
            .init(name: "validation steps", value: validationSteps.map { "\($0)" } ?? "all"),
            .init(name: "validation batch size", value: "\(validationBatchSize ?? batchSize)"),
            .init(name: "class weights in validation", value: "\(weighsValidation)"),
        ]
        return settings
    }
}
