import Memory

/// How weights follow their gradients.
///
/// An optimizer is a value: what it is set to. What it remembers lies in slots, which the model holds. One of your own
/// has a name, its slots and the update:
///
///     struct SignDescent: Optimizer {
///         static let kind = "SignDescent"
///         var schedule: any LearningRateSchedule = 0.001
///         var options = OptimizerOptions()
///
///         func update(_ run: OptimizerRun) {
///             for index in run.weights.indices where run.gradients[index] != 0 {
///                 run.weights[index] -= run.gradients[index] > 0 ? run.learningRate : -run.learningRate
///             }
///         }
///     }
///
/// Clipping, decay, averages, loss scaling and accumulation, which `options` ask for, are done around it.
public protocol Optimizer: Sendable {
    /// Keras's class name.
    static var kind: String { get }

    /// The step size: a number or a schedule.
    var schedule: any LearningRateSchedule { get set }

    /// What all optimizers can do beside their formula.
    var options: OptimizerOptions { get set }

    /// What is remembered for a variable, in the order of `OptimizerRun.slots`. Nothing by default.
    func slots(for variable: OptimizerVariable) -> [OptimizerSlot]

    /// How a variable is handed to `update`. `.elements` by default.
    func access(to variable: OptimizerVariable) -> OptimizerAccess

    /// Floats of scratch memory that an update of a variable takes. None by default.
    func workspaceCount(for variable: OptimizerVariable) -> Int

    /// The share of a variable that is taken off before a step, per unit of step size; nil for none. Default: what
    /// `options` say.
    func weightDecay(for variable: OptimizerVariable) -> Float?

    /// Numbers that are remembered once, with what they begin as. None by default.
    var numbers: [Float] { get }

    /// Called once before the runs of an update; may change the remembered numbers. Does nothing by default.
    func begin(_ numbers: inout [Float], iteration: Int)

    /// Changes weights and slots along the gradients.
    func update(_ run: OptimizerRun)

    /// Whether `update` clips, scales and decays itself, as `OptimizerRun.rule` says. False by default: it is done before.
    var appliesRule: Bool { get }

    /// What is wrong with the settings: what was expected and what was found. Nil when nothing is.
    var problem: String? { get }

    /// The optimizers that share the variables; by default this one alone.
    var parts: [any Optimizer] { get }

    /// Which of `parts` takes a variable. The first by default.
    func part(for variable: OptimizerVariable) -> Int

    /// The step size that was set or that a schedule begins with. Setting it ends a schedule.
    var learningRate: Float { get set }

    /// The step size of the update after `iteration` others.
    func learningRate(at iteration: Int) -> Float
}

extension Optimizer {
    public func slots(for variable: OptimizerVariable) -> [OptimizerSlot] { [] }

    public func access(to variable: OptimizerVariable) -> OptimizerAccess { .elements }

    public func workspaceCount(for variable: OptimizerVariable) -> Int { 0 }

    public func weightDecay(for variable: OptimizerVariable) -> Float? { options.weightDecay(for: variable) }

    public var numbers: [Float] { [] }

    public func begin(_ numbers: inout [Float], iteration: Int) {}

    public var appliesRule: Bool { false }

    public var problem: String? { commonProblem }

    public var parts: [any Optimizer] { [self] }

    public func part(for variable: OptimizerVariable) -> Int { 0 }

    public var learningRate: Float {
        get { schedule.learningRate(at: 0) }
        set { schedule = newValue }
    }

    public func learningRate(at iteration: Int) -> Float { schedule.learningRate(at: iteration) }

    /// What is wrong with the schedule or the common options.
    package var commonProblem: String? {
        (schedule.problem ?? options.problem).map { "\(Self.kind): \($0)" }
    }

    /// The first problem of several: those of numbers that must lie in a range, then the common ones.
    package func firstProblem(_ checks: (name: String, value: Float, range: String, isRight: Bool)...) -> String? {
        checks.first { !$0.isRight }.map { "\(Self.kind): \($0.name) is \($0.value), expected \($0.range)" }
            ?? commonProblem
    }
}
