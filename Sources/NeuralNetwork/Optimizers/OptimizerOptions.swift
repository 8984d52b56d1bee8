/// What every optimizer can do beside its formula, in the order in which it is done: accumulate, clip, decay, and keep
/// averages after the step.
public struct OptimizerOptions: Sendable, Equatable {
    /// Bounds for gradients. A bound of 0 does nothing.
    public enum Clipping: Sendable, Equatable {
        /// Every element within `−bound … bound`.
        case value(Float)
        /// Every variable's gradient has at most this norm: `g · c / max(‖g‖, c)`.
        case norm(Float)
        /// All gradients together have at most this norm: `g · c · min(1/‖G‖, 1/c)`. A norm that is not finite makes all
        /// gradients NaN.
        case globalNorm(Float)

        /// The bound.
        package var bound: Float {
            switch self {
            case .value(let bound), .norm(let bound), .globalNorm(let bound): bound
            }
        }
    }

    /// An average of the weights that follows them: `a ← μ a + (1 − μ) w` after every update, `a = w` after the first.
    public struct MovingAverage: Sendable, Equatable {
        public var momentum: Float
        /// After how many updates the weights become their averages; nil: only at the end of `fit`.
        public var overwriteFrequency: Int?

        public init(momentum: Float = 0.99, overwriteFrequency: Int? = nil) {
            self.momentum = momentum
            self.overwriteFrequency = overwriteFrequency
        }
    }

    /// Keras's name of the optimizer; nil: that of its class.
    public var name: String?
    /// `w ← w − w · decay · η` before a step, for every trained variable that is not excluded. Nil for none.
    public var weightDecay: Float?
    /// Regular expressions: variables whose name or path has a match are not decayed. Files do not keep them.
    public var weightDecayExclusions: [String]
    public var clipping: Clipping?
    public var movingAverage: MovingAverage?
    /// The factor by which Keras multiplies the loss and divides the gradients. Gradients are float32 here, whose range
    /// needs no scaling; the factor is kept for files.
    public var lossScaleFactor: Float?
    /// Keras's own accumulation: gradients of so many batches are added up, and their mean makes one update. Averages and
    /// constraints follow every batch, schedules count batches.
    public var accumulationSteps: Int?

    public init(
        name: String? = nil, weightDecay: Float? = nil, weightDecayExclusions: [String] = [],
        clipping: Clipping? = nil, movingAverage: MovingAverage? = nil, lossScaleFactor: Float? = nil,
        accumulationSteps: Int? = nil
    ) {
        self.name = name
        self.weightDecay = weightDecay
        self.weightDecayExclusions = weightDecayExclusions
        self.clipping = clipping
        self.movingAverage = movingAverage
        self.lossScaleFactor = lossScaleFactor
        self.accumulationSteps = accumulationSteps
    }

    /// What is wrong: what was expected and what was found. Nil when nothing is.
    public var problem: String? {
        if let steps = accumulationSteps, steps < 2 {
            return "accumulationSteps is \(steps), expected at least 2, or nil for an update after every batch"
        }
        if let average = movingAverage {
            if !(0...1).contains(average.momentum) {
                return "the momentum of the moving average is \(average.momentum), expected 0 to 1"
            }
            if let frequency = average.overwriteFrequency, frequency < 1 {
                return "the overwrite frequency of the moving average is \(frequency), expected at least 1 or nil"
            }
        }
        if let factor = lossScaleFactor, !(factor > 0 && factor.isFinite) {
            return "lossScaleFactor is \(factor), expected a positive number"
        }
        if let bound = clipping?.bound, !(bound >= 0 && bound.isFinite) {
            return "the bound of clipping is \(bound), expected a positive number, 0 or nil for none"
        }
        if let decay = weightDecay, !decay.isFinite { return "weightDecay is \(decay), expected a number" }
        for pattern in weightDecayExclusions where (try? Regex(pattern)) == nil {
            return "\"\(pattern)\" of weightDecayExclusions is no regular expression"
        }
        return nil
    }

    /// What is set and has no effect where parts have options of their own: its name; nil when nothing is.
    package func ignored(keepingLossScaleFactor keepsFactor: Bool) -> String? {
        if weightDecay != nil { return "weightDecay" }
        if !weightDecayExclusions.isEmpty { return "weightDecayExclusions" }
        if clipping != nil { return "clipping" }
        if movingAverage != nil { return "movingAverage" }
        if accumulationSteps != nil { return "accumulationSteps" }
        return lossScaleFactor != nil && !keepsFactor ? "lossScaleFactor" : nil
    }

    /// The decay of a variable; nil when it is excluded or there is none.
    package func weightDecay(for variable: OptimizerVariable) -> Float? {
        isExcluded(variable) ? nil : weightDecay
    }

    package func isExcluded(_ variable: OptimizerVariable) -> Bool {
        weightDecayExclusions.contains { variable.contains($0) }
    }
}
