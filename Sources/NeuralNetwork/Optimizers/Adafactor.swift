import CKernels
import Glibc
import Memory

/// `ρ = min(η, 1/√t); α = max(ε₂, rms(w)) ρ; β₂ = 1 − t^d; w ← w − α u / max(1, rms(u) / c)` with `u = g / √v`.
///
/// `v ← β₂ v + (1 − β₂)(g² + ε₁)` for vectors. Variables of two axes and more keep its means over the last axis, `r`, and over
/// the one before, `c`, instead: `v = (r / mean(r)) ⊗ c`. Shazeer and Stern, arXiv 1804.04235.
///
/// Keras keeps `v` of matrices, too, though it follows from the means; it is in files, not in memory.
public struct Adafactor: Optimizer {
    public static let kind = "Adafactor"
    public var schedule: any LearningRateSchedule
    public var beta2Decay: Float
    public var epsilon1: Float
    public var epsilon2: Float
    public var clipThreshold: Float
    /// Keras's setting; steps are at most `1/√t` with and without it.
    public var relativeStep: Bool
    public var options: OptimizerOptions

    public init(
        learningRate: any LearningRateSchedule = 0.001, beta2Decay: Float = -0.8, epsilon1: Float = 1e-30,
        epsilon2: Float = 1e-3, clipThreshold: Float = 1, relativeStep: Bool = true,
        options: OptimizerOptions = .init()
    ) {
        schedule = learningRate
        self.beta2Decay = beta2Decay
        self.epsilon1 = epsilon1
        self.epsilon2 = epsilon2
        self.clipThreshold = clipThreshold
        self.relativeStep = relativeStep
        self.options = options
    }

    public func slots(for variable: OptimizerVariable) -> [OptimizerSlot] {
        let shape = variable.shape
        guard shape.rank >= 2 else {
            return [
                OptimizerSlot(Self.rowMeans, .absent), OptimizerSlot(Self.columnMeans, .absent),
                OptimizerSlot("velocity"),
            ]
        }
        let rows = Array(shape.dimensions.dropLast())
        return [
            OptimizerSlot(Self.rowMeans, .rowMajor(Shape(rows))),
            OptimizerSlot(Self.columnMeans, .rowMajor(Shape(rows.dropLast() + [shape.last]))),
            OptimizerSlot("velocity", .absent),
        ]
    }

    public func access(to variable: OptimizerVariable) -> OptimizerAccess { .rowMajor }

    public var appliesRule: Bool { true }

    public var problem: String? {
        firstProblem(
            ("beta2Decay", beta2Decay, "0 or less", beta2Decay <= 0),
            ("epsilon1", epsilon1, "0 or more", epsilon1 >= 0), ("epsilon2", epsilon2, "0 or more", epsilon2 >= 0),
            ("clipThreshold", clipThreshold, "a positive number", clipThreshold > 0))
    }

    /// The names of the means.
    package static let (rowMeans, columnMeans) = ("row_means", "column_means")

    private static func factors(
        _ shape: Shape, _ rows: UnsafeMutablePointer<Float>?, _ columns: UnsafeMutablePointer<Float>?
    ) -> millrace_factors {
        let (rowCount, columnCount) = (shape[shape.rank - 2], shape.last)
        return millrace_factors(
            row_means: rows, column_means: columns, matrices: shape.elementCount / max(1, rowCount * columnCount),
            rows: rowCount, columns: columnCount)
    }

    /// `v` of a variable of two axes or more, row-major, from its means.
    package static func velocities(of shape: Shape, rowMeans: [Float], columnMeans: [Float]) -> [Float] {
        var (rowMeans, columnMeans) = (rowMeans, columnMeans)
        return [Float](unsafeUninitializedCapacity: shape.elementCount) { buffer, count in
            rowMeans.withUnsafeMutableBufferPointer { rows in
                columnMeans.withUnsafeMutableBufferPointer { columns in
                    millrace_adafactor_velocities(
                        factors(shape, rows.baseAddress!, columns.baseAddress!), buffer.baseAddress)
                }
            }
            count = shape.elementCount
        }
    }

    public func workspaceCount(for variable: OptimizerVariable) -> Int {
        variable.shape.rank < 2 ? 0 : millrace_adafactor_workspace(Self.factors(variable.shape, nil, nil))
    }

    public func update(_ run: OptimizerRun) {
        let shape = run.variables[0].shape
        let factors =
            shape.rank >= 2
            ? Self.factors(shape, run.slots[0], run.slots[1])
            : millrace_factors(row_means: run.slots[0], column_means: nil, matrices: 0, rows: 0, columns: 0)
        var update = run.kernelUpdate
        // Padding behind a vector is no part of its mean.
        update.count = shape.elementCount
        let workspace = run.workspace.floats(0, count: factors.columns > 0 ? millrace_adafactor_workspace(factors) : 0)
        let options = millrace_adafactor(
            rho: min(run.learningRate, Float(1 / run.step.squareRoot())),
            beta2: Float(1 - pow(run.step, Double(beta2Decay))), epsilon1: epsilon1, epsilon2: epsilon2,
            threshold: clipThreshold)
        millrace_adafactor(update, factors, options, workspace.baseAddress)
    }
}

extension Optimizer where Self == Adafactor {
    /// Adafactor with Keras's defaults.
    public static func adafactor(
        learningRate: any LearningRateSchedule = 0.001, beta2Decay: Float = -0.8, epsilon1: Float = 1e-30,
        epsilon2: Float = 1e-3, clipThreshold: Float = 1, relativeStep: Bool = true,
        options: OptimizerOptions = .init()
    ) -> Self {
        .init(
            learningRate: learningRate, beta2Decay: beta2Decay, epsilon1: epsilon1, epsilon2: epsilon2,
            clipThreshold: clipThreshold, relativeStep: relativeStep, options: options)
    }
}
