import Engine
import Memory
import NeuralNetwork

/// A described step, planned for a number of rows.
final class CustomPlan {
    let plan: Plan
    let inputs: [(name: String, rowElements: Int, type: ScalarType)]
    let figures: [String]
    let parameters: [Int]
    let rows: Int

    init(
        _ model: Model, rows: Int, _ describe: (StepDescription) throws -> Void, _ arena: ActivationArena
    ) throws {
        if let layer = model.allLayers.first(where: { $0 is AugmentationLayer }) {
            throw TrainingError(
                .usage,
                "layer \"\(layer.name)\" (\(layer.kind)): steps of one's own do not apply random layers, which work "
                    + "where batches are filled; take it out of the model and augment the source (augmented(by:))")
        }
        let description = StepDescription(model, rows: rows)
        try describe(description)
        self.rows = rows
        let graph = description.graph
        inputs = description.inputNames.map { name in
            let type = graph.inputTypes[name]!
            return (name, type.shape.withoutFirst.elementCount, type.scalar)
        }
        figures = description.figures.map(\.name)
        parameters = description.gradients.map(\.parameter).sorted()
        let outputs = description.figures.map { ("figure_\($0.name)", $0.tensor) }
        plan = try Plan(
            graph, store: model.store, arena: arena, propagation: .training,
            outputs: Dictionary(outputs, uniquingKeysWith: { first, _ in first }),
            gradients: description.gradients, updates: description.updates)
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

/// The values of an input at an address that kernels like.
final class AlignedInput {
    private let buffer: AlignedBuffer

    init(_ values: TrainStep.Values) {
        buffer = AlignedBuffer(byteCount: max(4, values.count * 4))
        switch values {
        case .floats(let values): values.withUnsafeBytes { buffer.bytes.copyMemory(from: $0) }
        case .integers(let values): values.withUnsafeBytes { buffer.bytes.copyMemory(from: $0) }
        }
    }

    var address: UnsafeMutableRawPointer { buffer.address }
}
