/// Several optimizers, each for the variables whose paths it is given: other formulae or step sizes for parts of a model.
///
///     MultiOptimizer(.sgd(learningRate: 0.001), ["head/.*": .adam(), ".*/bias": .sgd(learningRate: 0.002)])
///
/// A key is a path (`dense/kernel`), or a regular expression that describes a whole path. A variable that no key describes
/// follows the default. Clipping and averages are each optimizer's own, over its own variables.
public struct MultiOptimizer: Optimizer {
    public static let kind = "MultiOptimizer"
    /// The default optimizer's. Setting it leaves the others' alone: `self[key]` has them.
    public var schedule: any LearningRateSchedule {
        get { defaultOptimizer.schedule }
        set { defaultOptimizer.schedule = newValue }
    }

    /// A name and a loss scale factor; the rest is each optimizer's own.
    public var options: OptimizerOptions
    /// Which optimizer a key stands for: its place in `parts`.
    public let keys: [(key: String, part: Int)]
    /// The optimizers of the keys, then the default.
    public internal(set) var parts: [any Optimizer]
    /// The first key that was set though it is not there, or set to nothing.
    private var misuse: String?

    /// - Parameters:
    ///   - defaultOptimizer: for variables that no key describes.
    ///   - optimizers: by key.
    public init(
        _ defaultOptimizer: any Optimizer, _ optimizers: KeyValuePairs<String, any Optimizer>,
        options: OptimizerOptions = .init()
    ) {
        self.init(defaultOptimizer, optimizers.map { ($0.key, $0.value) }, options: options)
    }

    package init(
        _ defaultOptimizer: any Optimizer, _ optimizers: [(key: String, optimizer: any Optimizer)],
        options: OptimizerOptions
    ) {
        keys = optimizers.enumerated().map { ($1.key, $0) }
        parts = optimizers.map(\.optimizer) + [defaultOptimizer]
        self.options = options
    }

    /// The optimizer of variables that no key describes.
    public var defaultOptimizer: any Optimizer {
        get { parts[parts.count - 1] }
        set { parts[parts.count - 1] = newValue }
    }

    /// The optimizer of a key; nil when there is no such key. Setting that of a key that is not there, or nil, is a `problem`.
    public subscript(key: String) -> (any Optimizer)? {
        get { keys.first { $0.key == key }.map { parts[$0.part] } }
        set {
            guard let newValue, let part = keys.first(where: { $0.key == key })?.part else {
                misuse = misuse ?? key
                return
            }
            parts[part] = newValue
        }
    }

    /// The default optimizer's step size. Setting it leaves the others' alone: `self[key]` has them.
    public var learningRate: Float {
        get { defaultOptimizer.learningRate }
        set { defaultOptimizer.learningRate = newValue }
    }

    public func learningRate(at iteration: Int) -> Float { defaultOptimizer.learningRate(at: iteration) }

    public func part(for variable: OptimizerVariable) -> Int {
        if let exact = keys.first(where: { $0.key == variable.path }) { return exact.part }
        return keys.first { (try? variable.isMatched(by: $0.key)) == true }?.part ?? parts.count - 1
    }

    /// What is wrong with the choice for some variables: several keys describe one.
    public func problem(for variables: [OptimizerVariable]) -> String? {
        for variable in variables where !keys.contains(where: { $0.key == variable.path }) {
            let matching = keys.filter { (try? variable.isMatched(by: $0.key)) == true }
            if matching.count > 1 {
                return
                    "MultiOptimizer: \(variable.path) is described by \(matching.map { "\"\($0.key)\"" }.joined(separator: " and ")), "
                    + "expected one key at most"
            }
        }
        return nil
    }

    public var problem: String? {
        if let misuse {
            return "MultiOptimizer: an optimizer cannot be set for the key \"\(misuse)\", or not to nil; the keys are "
                + keys.map { "\"\($0.key)\"" }.joined(separator: ", ")
        }
        if let option = options.ignored(keepingLossScaleFactor: true) {
            return "MultiOptimizer: its options have \(option), expected a name or a loss scale factor; "
                + "set it in the options of its optimizers"
        }
        for (index, (key, _)) in keys.enumerated() {
            if (try? Regex(key)) == nil { return "MultiOptimizer: the key \"\(key)\" is no regular expression" }
            if keys[..<index].contains(where: { $0.key == key }) {
                return "MultiOptimizer: the key \"\(key)\" is there twice"
            }
        }
        for part in parts {
            if part is MultiOptimizer || part is LossScaleOptimizer {
                return "MultiOptimizer: an optimizer is a \(type(of: part).kind), expected one that has a formula"
            }
            if let problem = part.problem { return problem }
        }
        return options.problem.map { "MultiOptimizer: \($0)" }
    }

    public func update(_ run: OptimizerRun) { parts[part(for: run.variables[0])].update(run) }
}
