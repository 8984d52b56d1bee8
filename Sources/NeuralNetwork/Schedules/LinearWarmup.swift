/// `η₀ + (η − η₀) s / w` for the first `w` updates, where `η` is what another schedule begins with; then that schedule.
public struct LinearWarmup: LearningRateSchedule {
    public var initialLearningRate: Float
    public var warmupSteps: Int
    /// What follows; its updates are counted from the end of the warm-up.
    public var schedule: any LearningRateSchedule

    public init(to schedule: any LearningRateSchedule, warmupSteps: Int, from initialLearningRate: Float = 0) {
        self.initialLearningRate = initialLearningRate
        self.warmupSteps = warmupSteps
        self.schedule = schedule
    }

    public var problem: String? { notPositive("warmupSteps", warmupSteps) ?? schedule.problem }

    public func learningRate(at step: Int) -> Float {
        guard step < warmupSteps else { return schedule.learningRate(at: step - warmupSteps) }
        let (start, end) = (Double(initialLearningRate), Double(schedule.learningRate(at: 0)))
        return Float(start + (end - start) * Double(step) / Double(warmupSteps))
    }
}

extension LearningRateSchedule where Self == LinearWarmup {
    /// A straight line to where another schedule begins, then that schedule.
    public static func linearWarmup(
        to schedule: any LearningRateSchedule, warmupSteps: Int, from initialLearningRate: Float = 0
    ) -> Self {
        .init(to: schedule, warmupSteps: warmupSteps, from: initialLearningRate)
    }
}
