import Engine
import Memory
import NeuralNetwork

/// The loss and the metrics of a step, put together output by output.
struct Objective {
    private let trace: ModelTrace
    private let key: StepKey
    /// Of the model's outputs.
    private let names: [String]
    private let graph: Graph
    private let rowWeights: Tensor?
    private let classTable: Tensor?
    private var losses: [(name: String, reduced: ReducedLoss, weight: Float)] = []
    private var pending: [(metric: any Metric, name: String, contributions: [Tensor])] = []
    private(set) var targetNames: [String?]
    private(set) var figures = FigureLayout()
    /// Tensors that the step reads after a run.
    private(set) var outputs: [String: Tensor] = [:]

    init(_ trace: ModelTrace, _ key: StepKey, names: [String]) {
        self.trace = trace
        self.key = key
        self.names = names
        graph = trace.outputs[0].graph
        let graph = graph
        rowWeights = key.weightShape.map { shape in
            // One number a row is that, however many axes of extent 1 it has.
            let extents = shape.elementCount == 1 ? [] : shape.dimensions
            return graph.input(StepPlan.weightName, shape: Shape([key.rows] + extents))
        }
        classTable = key.classWeights.map { graph.input(StepPlan.classWeightName, shape: [$0.count]) }
        targetNames = Array(repeating: nil, count: trace.outputs.count)
    }

    /// Adds what one output is trained with.
    mutating func add(_ output: OutputCompilation, at index: Int) throws(ModelError) {
        guard output.needsTarget else { return }
        let prediction = trace.outputs[index]
        let specification = try output.targets(for: prediction.shape.withoutFirst)
        let name = "target_\(index)"
        targetNames[index] = name
        let target = graph.input(
            name, shape: specification.shape.prepending(key.rows), type: specification.type)
        let mask = trace.masks[index]
        let weights = weights(of: target, prediction)
        if let loss = output.loss {
            let reduced = loss.reduced(prediction: prediction, target: target, weights: weights, mask: mask)
            losses.append((names[index], reduced, output.lossWeight))
        }
        for metric in output.metrics { try add(metric, at: index, target, mask) }
        let all =
            weights.map { weights in
                guard let mask else { return weights }
                if let factors = mask.factors(of: weights) { return weights * factors }
                return weights.factors(of: mask).map { $0 * mask.casted(to: .float32) } ?? weights
            } ?? mask
        for metric in output.weightedMetrics { try add(metric, at: index, target, all, isWeighted: true) }
    }

    private mutating func add(
        _ metric: any Metric, at index: Int, _ target: Tensor, _ weights: Tensor?, isWeighted: Bool = false
    ) throws(ModelError) {
        let contributions = try metric.contributions(
            prediction: trace.outputs[index], target: target, weights: weights?.casted(to: .float32))
        var name = names.count > 1 ? "\(names[index])_\(metric.name)" : metric.name
        // The same figure without weights is there already.
        if isWeighted, pending.contains(where: { $0.name == name }) {
            name = names.count > 1 ? "\(names[index])_weighted_\(metric.name)" : "weighted_\(metric.name)"
        }
        pending.append((metric, name, contributions))
    }

    /// Sample weights times the weights of classes.
    private func weights(of target: Tensor, _ prediction: Tensor) -> Tensor? {
        guard let form = key.classWeights, let classTable else { return rowWeights }
        let areScores = target.type.scalar != .int32 && target.shape == prediction.shape && target.shape.last > 1
        var factors = form.weights(classTable, of: target, areScores: areScores)
        if !areScores, factors.shape.rank > 1, factors.shape.last == 1 {
            factors = factors.reshaped(Shape(Array(factors.shape.dimensions.dropLast())))
        }
        guard let rowWeights else { return factors }
        return rowWeights.factors(of: factors).map { factors * $0 } ?? factors.factors(of: rowWeights).map {
            rowWeights * $0
        }
            ?? rowWeights
    }

    /// The loss of the step.
    mutating func finish() -> Tensor {
        var total: Tensor?
        for loss in losses {
            let value = loss.weight == 1 ? loss.reduced.value : loss.reduced.value.scaled(by: loss.weight)
            total = total.map { $0 + value } ?? value
        }
        for other in trace.losses { total = total.map { $0 + other } ?? other }
        let loss = total ?? graph.constant(0, shape: [])
        outputs[figures.addLoss("loss")] = loss
        if losses.count > 1 {
            for loss in losses { outputs[figures.addLoss("\(loss.name)_loss")] = loss.reduced.value }
        }
        for figure in pending {
            let places = figures.add(
                figure.metric, named: figure.name, elements: figure.contributions.map(\.shape.elementCount))
            for (place, tensor) in zip(places, figure.contributions) { outputs[place] = tensor }
        }
        if losses.count == 1, case .divisor(let tensor) = losses[0].reduced.share { outputs["share"] = tensor }
        return loss
    }

    /// Whether parts of a batch have the gradients of the whole.
    var canBePart: Bool {
        var (rows, sums, others) = (0, 0, 0)
        for loss in losses {
            switch loss.reduced.share {
            case .rows: rows += 1
            case .sum: sums += 1
            case .divisor: others += 1
            }
        }
        // A penalty is there once, however many parts are added up.
        if sums > 0 { return rows == 0 && others == 0 && trace.losses.isEmpty }
        return others == 0 || rows == 0 && others == 1
    }

    /// What the loss counts for in that of a larger batch. Several outputs have only the rows in common.
    var share: StepPlan.Share {
        let shares = losses.map(\.reduced.share)
        if !shares.isEmpty, shares.allSatisfy({ if case .sum = $0 { true } else { false } }) { return .sum }
        return outputs["share"] == nil ? .rows : .output("share")
    }
}

extension OutputCompilation {
    /// How the output's targets must look for predictions of a shape (of one sample).
    func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        if let loss { return try loss.targets(for: prediction) }
        guard let metric = (metrics + weightedMetrics).first else {
            return TargetSpecification(shape: prediction, type: .float32, meaning: "values like the predictions")
        }
        return try metric.targets(for: prediction)
    }
}
