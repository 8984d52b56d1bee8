/// The step size as a function of the updates that were made. Numbers are constant ones:
///
///     .adam(learningRate: 0.001)
///     .adam(learningRate: .cosineDecay(0.001, decaySteps: 10_000))
///     .adam(learningRate: .custom { step in 0.001 / Float(1 + step / 1000) })
public protocol LearningRateSchedule: Sendable {
    /// The step size of the update after `step` others.
    func learningRate(at step: Int) -> Float

    /// What is wrong with the settings: what was expected and what was found. Nil when nothing is.
    var problem: String? { get }

    /// Whether the step size never changes.
    var isConstant: Bool { get }
}

extension LearningRateSchedule {
    public var problem: String? { nil }
    public var isConstant: Bool { false }
}

extension Float: LearningRateSchedule {
    public func learningRate(at step: Int) -> Float { self }
    public var isConstant: Bool { true }
    public var problem: String? { isNaN ? "the learning rate is \(self), expected a number" : nil }
}

extension Double: LearningRateSchedule {
    public func learningRate(at step: Int) -> Float { Float(self) }
    public var isConstant: Bool { true }
    public var problem: String? { Float(self).problem }
}

extension Int: LearningRateSchedule {
    public func learningRate(at step: Int) -> Float { Float(self) }
    public var isConstant: Bool { true }
}

extension LearningRateSchedule {
    /// The message for steps that are not positive.
    func notPositive(_ name: String, _ steps: Int) -> String? {
        steps > 0 ? nil : "\(type(of: self)): \(name) is \(steps), expected a positive number"
    }
}
