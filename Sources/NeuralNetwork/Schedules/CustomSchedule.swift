/// Whatever a closure says.
public struct CustomSchedule: LearningRateSchedule {
    private let closure: @Sendable (Int) -> Float

    /// - Parameter learningRate: the step size of the update after so many others.
    public init(_ learningRate: @escaping @Sendable (Int) -> Float) { closure = learningRate }

    public func learningRate(at step: Int) -> Float { closure(step) }
}

extension LearningRateSchedule where Self == CustomSchedule {
    /// The step size that a closure gives for the updates made before.
    public static func custom(_ learningRate: @escaping @Sendable (Int) -> Float) -> Self { .init(learningRate) }
}
