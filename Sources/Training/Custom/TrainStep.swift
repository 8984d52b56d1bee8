import Engine
import Memory
import NeuralNetwork

/// A training step of one's own: any losses, any gradients, an optimizer for the parameters it trains. Planned like the
/// steps of `fit`, and as fast.
///
///     let step = TrainStep(model, optimizer: .adam()) { step in
///         let x = step.input("x", [784]), y = step.input("y", [10])
///         let loss = (step.call(model, x) - y).square().mean()
///         step.minimize(loss)
///         step.report("loss", loss)
///     }
///     let figures = try step(["x": .floats(images), "y": .floats(targets)])
///
/// Several steps may train one model in turns, each with an optimizer of its own: a generator's and a discriminator's.
/// Not for two threads at once, like the model.
public final class TrainStep {
    /// The values of an input, row-major.
    public enum Values {
        case floats([Float])
        case integers([Int32])

        var count: Int {
            switch self {
            case .floats(let values): values.count
            case .integers(let values): values.count
            }
        }

        var type: ScalarType {
            switch self {
            case .floats: .float32
            case .integers: .int32
            }
        }
    }

    /// Follows the gradients; its learning rate may be set between any two steps. Another kind of optimizer begins anew.
    public var optimizer: any Optimizer { didSet { follow(oldValue) } }
    /// Updates made by this step.
    public private(set) var iterations = 0
    private let model: Model
    private let describe: (StepDescription) throws -> Void
    private let arena: ActivationArena
    private var plans: [Int: CustomPlan] = [:]
    private var slots: SlotStore?
    private var update: OptimizerUpdate?
    private var constraints: ConstraintPlan??
    /// What was trained when the plans were made, and the constants of layers.
    private var versions = (trainable: -1, constants: 0)
    /// The values of each input, as large as the largest batch had them.
    private let buffers = InputBuffers()

    /// - Parameter describe: called when a batch of a new size is met.
    public init(
        _ model: Model, optimizer: any Optimizer, _ describe: @escaping (StepDescription) throws -> Void
    ) {
        self.model = model
        self.optimizer = optimizer
        self.describe = describe
        arena = ActivationArena(ledger: model.ledger)
    }

    /// One step: runs the graph, then the optimizer. Returns what the step reports.
    ///
    /// - Parameter inputs: by name, all of the same number of rows.
    /// - Throws: `TrainingError` when an input is missing, or is no whole number of rows.
    @discardableResult
    public func callAsFunction(_ inputs: [String: Values]) throws -> [String: Double] {
        let plan = try run(inputs)
        // The update may use the memory of what is reported.
        let report = plan.report
        try follow(plan)
        return report
    }

    /// One step without its report: allocates nothing once a batch of the size was there.
    package func runSilently(_ inputs: [String: Values]) throws {
        let plan = try run(inputs)
        try follow(plan)
    }

    private func run(_ inputs: [String: Values]) throws -> CustomPlan {
        followTrainableFlags()
        let plan = try plan(for: inputs)
        plan.fill(inputs, through: buffers)
        var state = RunState(seed: model.seed, step: UInt64(iterations))
        plan.plan.run(&state)
        if let invalid = state.invalidLabel {
            throw TrainingError(.data, "row \(invalid.row) of the batch has label \(invalid.label), which is no class")
        }
        if let error = TrainingError(state.invalidIndex) { throw error }
        return plan
    }

    /// Lets the optimizer and constraints follow the gradients of a run.
    private func follow(_ plan: CustomPlan) throws {
        try update(plan.parameters)
        if constraints == nil { constraints = .some(try ConstraintPlan(model, arena: arena)) }
        constraints??.run()
    }

    /// A layer that was frozen, freed or adapted since the last step wants other plans; what the optimizer remembers stays.
    private func followTrainableFlags() {
        Session.of(model).followTrainableFlags()
        let now = (trainable: model.store.trainableVersion, constants: model.constantsVersion)
        guard versions != now else { return }
        versions = now
        plans = [:]
        update = nil
        constraints = nil
    }

    /// Sizes of batches that are planned.
    package var planCount: Int { plans.count }

    private func plan(for inputs: [String: Values]) throws -> CustomPlan {
        // The shapes are only known to the description: one of one row tells how many rows there are.
        let known = try plans.values.first ?? CustomPlan(model, rows: 1, describe, arena)
        let rows = try known.rows(of: inputs)
        let plan = try plans[rows] ?? (known.rows == rows ? known : CustomPlan(model, rows: rows, describe, arena))
        try plan.check(inputs)
        if plans[rows] == nil {
            if plans.count >= Session.mostPlans { plans = [:] }
            plans[rows] = plan
        }
        return plan
    }

    private func update(_ parameters: [Int]) throws {
        let update: OptimizerUpdate
        if let known = self.update {
            update = known
        } else {
            // Layouts are final: the step was planned. Slots lie beside those of the model's own optimizer.
            let slots = self.slots ?? SlotStore(model.store, ledger: model.ledger)
            update = OptimizerUpdate(model, slots: slots, parameters: parameters)
            (self.slots, self.update) = (slots, update)
        }
        if try update.apply(optimizer, iteration: iterations) { iterations += 1 }
    }

    /// Follows another optimizer, or other settings that change what is remembered; a step size changes nothing.
    private func follow(_ old: any Optimizer) {
        if type(of: old).kind != type(of: optimizer).kind {
            slots?.removeAll()
            iterations = 0
        } else if OptimizerSignature(old) != OptimizerSignature(optimizer) {
            update?.invalidate()
        }
    }
}

/// What decides which memory an update goes through.
private struct OptimizerSignature: Equatable {
    private let options: [OptimizerOptions]
    private let slots: [[OptimizerSlot]]

    init(_ optimizer: any Optimizer) {
        options = optimizer.parts.map(\.options)
        let probes = [Shape([2]), Shape([2, 2])].map { OptimizerVariable(name: "kernel", path: "kernel", shape: $0) }
        slots = optimizer.parts.flatMap { part in probes.map(part.slots) }
    }
}
