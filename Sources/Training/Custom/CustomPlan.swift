import Engine
import Memory
import NeuralNetwork

/// A described step, planned for a number of rows.
final class CustomPlan {
    let plan: Plan
    let inputs: [(name: String, rowElements: Int, type: ScalarType)]
    /// What the step reports, and the names of these outputs of the plan.
    let figures: [(name: String, output: String)]
    let parameters: [Int]
    let rows: Int

    init(
        _ model: Model, rows: Int, _ describe: (StepDescription) throws -> Void, _ arena: ActivationArena
    ) throws {
        if let layer = model.allLayers.first(where: \.isRandomOfImages) {
            throw TrainingError(
                .usage,
                "layer \"\(layer.name)\" (\(layer.kind)): steps of one's own do not apply random layers, which work "
                    + "where batches are filled; take it out of the model and augment the source (augmented(by:))")
        }
        try model.requireBins()
        let description = StepDescription(model, rows: rows)
        try describe(description)
        self.rows = rows
        let graph = description.graph
        inputs = description.inputNames.map { name in
            let type = graph.inputTypes[name]!
            return (name, type.shape.withoutFirst.elementCount, type.scalar)
        }
        figures = description.figures.map { ($0.name, "figure_\($0.name)") }
        parameters = description.gradients.map(\.parameter).sorted()
        let outputs = description.figures.map { ("figure_\($0.name)", $0.tensor) }
        plan = try Plan(
            graph, store: model.store, arena: arena, propagation: .training,
            outputs: Dictionary(outputs, uniquingKeysWith: { first, _ in first }),
            gradients: description.gradients, updates: description.updates)
    }

    /// Copies inputs that `check` has found to fit to where the plan then reads them.
    func fill(_ given: [String: TrainStep.Values], through buffers: InputBuffers) {
        for input in inputs {
            guard let values = given[input.name] else {
                preconditionFailure("CustomPlan: input \(input.name) was not checked")
            }
            plan.setInput(input.name, to: buffers.copy(values, of: input.name))
        }
    }

    /// What the last run reports.
    var report: [String: Double] {
        Dictionary(
            figures.map { ($0.name, Double(plan.output($0.output)[0])) }, uniquingKeysWith: { first, _ in first })
    }

    /// The rows of the first input.
    func rows(of given: [String: TrainStep.Values]) throws(TrainingError) -> Int {
        guard let first = inputs.first else { return 1 }
        guard let values = given[first.name] else { throw missing(first.name, given) }
        guard first.rowElements > 0, values.count > 0, values.count % first.rowElements == 0 else {
            throw TrainingError(
                .data,
                "input \"\(first.name)\" has \(values.count) values, expected a multiple of \(first.rowElements) (one row)"
            )
        }
        return values.count / first.rowElements
    }

    /// Refuses inputs that do not fit the plan.
    func check(_ given: [String: TrainStep.Values]) throws(TrainingError) {
        for (name, rowElements, type) in inputs {
            guard let values = given[name] else { throw missing(name, given) }
            guard values.type == type else {
                throw TrainingError(.data, "input \"\(name)\" is \(values.type), the step takes \(type)")
            }
            guard values.count == rowElements * rows else {
                throw TrainingError(
                    .data,
                    "input \"\(name)\" has \(values.count) values, expected \(rows * rowElements): \(rows) rows of "
                        + "\(rowElements)")
            }
        }
    }

    private func missing(_ name: String, _ given: [String: TrainStep.Values]) -> TrainingError {
        let names = given.keys.sorted().joined(separator: ", ")
        return TrainingError(
            .usage, "input \"\(name)\" of the step is missing; given are \(names.isEmpty ? "none" : names)")
    }
}

/// Memory for the values of the inputs of a step, at addresses that kernels like. It grows to the largest batch: plans for
/// many sizes of batches share it.
final class InputBuffers {
    private var buffers: [String: Input] = [:]

    private final class Input {
        let buffer: AlignedBuffer
        init(byteCount: Int) { buffer = AlignedBuffer(byteCount: byteCount) }
    }

    /// Copies the values of an input; returns where they are until its next ones are copied.
    func copy(_ values: TrainStep.Values, of name: String) -> UnsafeMutableRawPointer {
        let byteCount = max(4, values.count * 4)
        let input: Input
        if let known = buffers[name], known.buffer.byteCount >= byteCount {
            input = known
        } else {
            // The old memory goes before the new comes.
            buffers[name] = nil
            input = Input(byteCount: byteCount)
            buffers[name] = input
        }
        switch values {
        case .floats(let values): values.withUnsafeBytes { input.buffer.bytes.copyMemory(from: $0) }
        case .integers(let values): values.withUnsafeBytes { input.buffer.bytes.copyMemory(from: $0) }
        }
        return input.buffer.address
    }
}
