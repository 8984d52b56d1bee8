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
    /// Of single outputs.
    private let outputWeights: [Int: Tensor]
    private let classTable: Tensor?
    private var losses: [(name: String, reduced: ReducedLoss, weight: Float)] = []
    /// What couples the rows of a batch: the first such loss.
    private(set) var couplingLoss: String?
    /// How many ways there are in which the losses of parts count in those of a batch.
    private(set) var shareCount = 1
    /// How this step's loss counts in that of a larger batch.
    private(set) var share = StepPlan.Share.rows
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
        func weights(_ name: String, _ shape: Shape) -> Tensor {
            // One number a row is that, however many axes of extent 1 it has.
            graph.input(name, shape: Shape([key.rows] + (shape.elementCount == 1 ? [] : shape.dimensions)))
        }
        rowWeights = key.weightShape.map { weights(StepPlan.weightName, $0) }
        outputWeights = Dictionary(
            uniqueKeysWithValues: key.outputWeights.map { ($0.output, weights($0.name, $0.shape)) })
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
        let weights = weights(of: target, prediction, outputWeights[index] ?? rowWeights)
        if let loss = output.loss {
            let reduced = loss.reduced(prediction: prediction, target: target, weights: weights, mask: mask)
            losses.append((names[index], reduced, output.lossWeight))
            if reduced.couplesRows, couplingLoss == nil { couplingLoss = loss.name }
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
    private func weights(of target: Tensor, _ prediction: Tensor, _ rowWeights: Tensor?) -> Tensor? {
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

    /// The loss of the step, whose gradients are taken.
    mutating func finish() -> Tensor {
        var terms = LossTerms(losses.map { ($0.reduced.value, $0.weight, $0.reduced.share) }, penalties: trace.losses)
        shareCount = key.isPart ? 1 : terms.shares.count
        if key.isPart { terms.normalizeOverBatch(rows: key.rows) }
        share = terms.share(of: key.share ?? 0)
        if case .output(let name) = share { outputs[name] = terms.divisor(of: key.share ?? 0) }
        let loss = terms.total(of: key.share) ?? graph.constant(0, shape: [])
        outputs[figures.addLoss("loss")] = loss
        if losses.count > 1 {
            for (index, loss) in losses.enumerated() {
                let name = figures.addLoss("\(loss.name)_loss")
                if let value = terms.value(at: index, of: key.share) {
                    outputs[name] = value
                } else {
                    figures.leaveOut(name)
                }
            }
        }
        for figure in pending {
            let places = figures.add(
                figure.metric, named: figure.name, elements: figure.contributions.map(\.shape.elementCount))
            for (place, tensor) in zip(places, figure.contributions) {
                // What all shares have in common is computed with the first.
                if key.share ?? 0 == 0 { outputs[place] = tensor } else { figures.leaveOut(place) }
            }
        }
        return loss
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
