/// Another optimizer under a loss scale that finds itself: an update with gradients that are not finite is left out and
/// halves the scale; `dynamicGrowthSteps` finite ones in a row double it.
///
/// Gradients are float32 here, whose range needs no scaling: they are not scaled, but an update is left out when scaled ones
/// would not be finite. Scale and steps are kept as Keras keeps them.
public struct LossScaleOptimizer: Optimizer {
    public static let kind = "LossScaleOptimizer"
    /// What the gradients are followed by.
    public var inner: any Optimizer
    public var initialScale: Float
    public var dynamicGrowthSteps: Int
    /// A name; the rest is the inner optimizer's.
    public var options: OptimizerOptions

    public init(
        _ inner: any Optimizer, initialScale: Float = 32768, dynamicGrowthSteps: Int = 2000, name: String? = nil
    ) {
        self.inner = inner
        self.initialScale = initialScale
        self.dynamicGrowthSteps = dynamicGrowthSteps
        options = OptimizerOptions(name: name)
    }

    public var schedule: any LearningRateSchedule {
        get { inner.schedule }
        set { inner.schedule = newValue }
    }

    public var learningRate: Float {
        get { inner.learningRate }
        set { inner.learningRate = newValue }
    }

    public func learningRate(at iteration: Int) -> Float { inner.learningRate(at: iteration) }

    public var parts: [any Optimizer] { inner.parts }

    public func part(for variable: OptimizerVariable) -> Int { inner.part(for: variable) }

    public func slots(for variable: OptimizerVariable) -> [OptimizerSlot] { inner.slots(for: variable) }

    public var problem: String? {
        if inner is LossScaleOptimizer {
            return "LossScaleOptimizer: the inner optimizer is a LossScaleOptimizer, expected one without a loss scale"
        }
        if let problem = inner.problem { return problem }
        if let option = options.ignored(keepingLossScaleFactor: false) {
            return
                "LossScaleOptimizer: its options have \(option), expected a name alone; set it in the inner optimizer's"
        }
        guard initialScale > 0, initialScale.isFinite else {
            return "LossScaleOptimizer: initialScale is \(initialScale), expected a positive number"
        }
        return (1...LossScaleState.mostSteps).contains(dynamicGrowthSteps)
            ? nil
            : "LossScaleOptimizer: dynamicGrowthSteps is \(dynamicGrowthSteps), expected a number from 1 to "
                + "\(LossScaleState.mostSteps)"
    }

    public func update(_ run: OptimizerRun) { inner.update(run) }
}

extension Optimizer where Self == LossScaleOptimizer {
    /// Another optimizer under a loss scale that finds itself.
    public static func lossScale(
        _ inner: any Optimizer, initialScale: Float = 32768, dynamicGrowthSteps: Int = 2000
    ) -> Self {
        .init(inner, initialScale: initialScale, dynamicGrowthSteps: dynamicGrowthSteps)
    }
}

extension Optimizer where Self == MultiOptimizer {
    /// Several optimizers, each for the variables whose paths its key describes.
    public static func multiple(
        _ defaultOptimizer: any Optimizer, _ optimizers: KeyValuePairs<String, any Optimizer>
    ) -> Self {
        .init(defaultOptimizer, optimizers)
    }
}
