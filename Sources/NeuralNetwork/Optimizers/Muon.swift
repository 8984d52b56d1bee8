import CKernels
import Memory

/// Matrices follow an orthogonal matrix near to their momentum: `m ← μ m + g; G = g + μ m` (nesterov, else `m`),
/// `X = G / ‖G‖`, `nsSteps` times `A = X Xᵀ; X ← a X + (b A + c A²) X` for the orientation with more columns, and
/// `w ← w − η √(max(rows, columns)) · rmsRate · X`. Everything else follows Adam.
///
/// Jordan et al., 2024, with the step of Liu et al., arXiv 2502.16982. Matrices are variables of two axes that belong to no
/// embedding and no excluded layer.
public struct Muon: Optimizer {
    public static let kind = "Muon"
    public var schedule: any LearningRateSchedule
    public var adamBeta1: Float
    public var adamBeta2: Float
    /// The decay of what follows Adam; nil for none.
    public var adamWeightDecay: Float?
    public var epsilon: Float
    /// Regular expressions: variables whose path has a match follow Adam.
    public var excludeLayers: [String]
    public var excludeEmbeddings: Bool
    public var a: Float
    public var b: Float
    public var c: Float
    /// Adam's step size over Muon's.
    public var adamLearningRateRatio: Float
    public var momentum: Float
    /// Newton-Schulz iterations.
    public var nsSteps: Int
    public var nesterov: Bool
    /// Nil: `w ← w − η X`.
    public var rmsRate: Float?
    public var options: OptimizerOptions

    /// - Parameter weightDecay: goes into `options`, whatever these have.
    public init(
        learningRate: any LearningRateSchedule = 0.001, adamBeta1: Float = 0.9, adamBeta2: Float = 0.999,
        adamWeightDecay: Float? = 0.004, epsilon: Float = 1e-7, weightDecay: Float? = 0.004,
        excludeLayers: [String] = [], excludeEmbeddings: Bool = true, a: Float = 3.4445, b: Float = -4.775,
        c: Float = 2.0315, adamLearningRateRatio: Float = 1, momentum: Float = 0.95, nsSteps: Int = 5,
        nesterov: Bool = true, rmsRate: Float? = 0.2, options: OptimizerOptions = .init()
    ) {
        schedule = learningRate
        self.adamBeta1 = adamBeta1
        self.adamBeta2 = adamBeta2
        self.adamWeightDecay = adamWeightDecay
        self.epsilon = epsilon
        self.excludeLayers = excludeLayers
        self.excludeEmbeddings = excludeEmbeddings
        self.a = a
        self.b = b
        self.c = c
        self.adamLearningRateRatio = adamLearningRateRatio
        self.momentum = momentum
        self.nsSteps = nsSteps
        self.nesterov = nesterov
        self.rmsRate = rmsRate
        self.options = options
        self.options.weightDecay = weightDecay
    }

    /// Whether a variable follows Adam.
    package func usesAdam(_ variable: OptimizerVariable) -> Bool {
        variable.shape.rank != 2 || excludeEmbeddings && variable.path.lowercased().contains("embedding")
            || excludeLayers.contains { variable.pathContains($0) }
    }

    public func slots(for variable: OptimizerVariable) -> [OptimizerSlot] {
        usesAdam(variable)
            ? [OptimizerSlot("momentum"), OptimizerSlot("velocity")]
            : [OptimizerSlot("momentum", .rowMajor(variable.shape))]
    }

    public func weightDecay(for variable: OptimizerVariable) -> Float? {
        guard !options.isExcluded(variable) else { return nil }
        return usesAdam(variable) ? adamWeightDecay : options.weightDecay
    }

    public func access(to variable: OptimizerVariable) -> OptimizerAccess {
        usesAdam(variable) ? .elements : .rowMajor
    }

    public var appliesRule: Bool { true }

    public var problem: String? {
        for pattern in excludeLayers where (try? Regex(pattern)) == nil {
            return "Muon: \"\(pattern)\" of excludeLayers is no regular expression"
        }
        return firstProblem(
            ("adamBeta1", adamBeta1, "at least 0 and below 1", (0..<1).contains(adamBeta1)),
            ("adamBeta2", adamBeta2, "at least 0 and below 1", (0..<1).contains(adamBeta2)),
            ("epsilon", epsilon, "0 or more", epsilon >= 0),
            ("momentum", momentum, "0 to 1", (0...1).contains(momentum)),
            ("nsSteps", Float(nsSteps), "0 or more", nsSteps >= 0))
    }

    /// Newton and Schulz's iteration on a row-major matrix, in place.
    private func orthogonalize(
        _ matrix: UnsafeMutableBufferPointer<Float>, rows: Int, columns: Int, _ workspace: OptimizerWorkspace
    ) {
        let x = matrix.baseAddress!
        let norm = Float(millrace_sum_squares(x, matrix.count).squareRoot())
        millrace_blend(x, x, matrix.count, 1 / (norm + 1e-7), 0)
        // A tall matrix has the small products behind it instead of before it: (b A + c A²) of XᵀX, X ← a X + X B.
        let (short, isTall) = (min(rows, columns), rows > columns)
        let square = workspace.floats(1, count: short * short).baseAddress!
        let fourth = workspace.floats(2, count: short * short).baseAddress!
        let change = workspace.floats(3, count: matrix.count).baseAddress!
        let products = workspace.products
        for _ in 0..<nsSteps {
            products.multiply(
                x, x, into: square, rows: short, inner: max(rows, columns), columns: short, leftIsTransposed: isTall,
                rightIsTransposed: !isTall)
            products.multiply(square, square, into: fourth, rows: short, inner: short, columns: short)
            millrace_blend(square, fourth, short * short, b, c)
            if isTall {
                products.multiply(x, square, into: change, rows: rows, inner: columns, columns: columns)
            } else {
                products.multiply(square, x, into: change, rows: rows, inner: rows, columns: columns)
            }
            millrace_blend(x, change, matrix.count, a, 1)
        }
    }

    public func workspaceCount(for variable: OptimizerVariable) -> Int {
        guard slots(for: variable).count == 1 else { return 0 }
        let (rows, columns) = (variable.shape[0], variable.shape[1])
        return 2 * rows * columns + 2 * min(rows, columns) * min(rows, columns)
    }

    public func update(_ run: OptimizerRun) {
        // A matrix has one slot, what follows Adam two.
        guard run.slots.count == 1 else {
            run.adam(beta1: adamBeta1, beta2: adamBeta2, epsilon: epsilon, rateFactor: adamLearningRateRatio)
            return
        }
        let shape = run.variables[0].shape
        let (rows, columns) = (shape[0], shape[1])
        let target = run.workspace.floats(0, count: rows * columns)
        var update = run.kernelUpdate
        update.count = rows * columns
        millrace_muon_momentum(update, run.slots[0], target.baseAddress, momentum, nesterov)
        orthogonalize(target, rows: rows, columns: columns, run.workspace)
        var rate = run.learningRate
        if let rmsRate { rate *= Float(max(rows, columns)).squareRoot() * rmsRate }
        millrace_blend(run.weights.baseAddress, target.baseAddress, rows * columns, 1, -rate)
    }
}

extension Optimizer where Self == Muon {
    /// Muon with Keras's defaults.
    public static func muon(
        learningRate: any LearningRateSchedule = 0.001, adamBeta1: Float = 0.9, adamBeta2: Float = 0.999,
        adamWeightDecay: Float? = 0.004, epsilon: Float = 1e-7, weightDecay: Float? = 0.004,
        excludeLayers: [String] = [], excludeEmbeddings: Bool = true, a: Float = 3.4445, b: Float = -4.775,
        c: Float = 2.0315, adamLearningRateRatio: Float = 1, momentum: Float = 0.95, nsSteps: Int = 5,
        nesterov: Bool = true, rmsRate: Float? = 0.2, options: OptimizerOptions = .init()
    ) -> Self {
        .init(
            learningRate: learningRate, adamBeta1: adamBeta1, adamBeta2: adamBeta2, adamWeightDecay: adamWeightDecay,
            epsilon: epsilon, weightDecay: weightDecay, excludeLayers: excludeLayers,
            excludeEmbeddings: excludeEmbeddings, a: a, b: b, c: c, adamLearningRateRatio: adamLearningRateRatio,
            momentum: momentum, nsSteps: nsSteps, nesterov: nesterov, rmsRate: rmsRate, options: options)
    }
}
