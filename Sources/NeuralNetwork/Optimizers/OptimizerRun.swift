import CKernels
import Engine
import Memory

/// The memory of an update: a run of weights with their gradients and slots.
public struct OptimizerRun {
    /// What comes before the formula: `w ← w − w · decay`, and `g ← g · scale`, kept within `−limit … limit`.
    public struct Rule: Sendable, Equatable {
        public var scale: Float = 1
        public var limit: Float = .infinity
        public var decay: Float = 0

        public init() {}
    }

    public let weights: UnsafeMutableBufferPointer<Float>
    public let gradients: UnsafeMutableBufferPointer<Float>
    /// The beginnings of the slots, in the order of `slots(for:)` without absent ones.
    public let slots: UnsafeBufferPointer<UnsafeMutablePointer<Float>>
    /// The variables that the run is made of; one, unless the access is `.elements`.
    public let variables: [OptimizerVariable]
    /// The step size of this update.
    public let learningRate: Float
    /// Updates made before this one.
    public let iteration: Int
    /// What `Optimizer.numbers` have come to.
    public let numbers: [Float]
    /// Already applied, unless the optimizer says that it does so itself.
    public private(set) var rule: Rule
    /// Memory that lasts from update to update, for what is larger than a few numbers.
    public let workspace: OptimizerWorkspace

    public init(
        weights: UnsafeMutableBufferPointer<Float>, gradients: UnsafeMutableBufferPointer<Float>,
        slots: UnsafeBufferPointer<UnsafeMutablePointer<Float>>, variables: [OptimizerVariable], learningRate: Float,
        iteration: Int, numbers: [Float] = [], rule: Rule = Rule(), workspace: OptimizerWorkspace
    ) {
        self.weights = weights
        self.gradients = gradients
        self.slots = slots
        self.variables = variables
        self.learningRate = learningRate
        self.iteration = iteration
        self.numbers = numbers
        self.rule = rule
        self.workspace = workspace
    }

    /// Weights, gradients and rule for the kernels.
    package var kernelUpdate: millrace_update {
        millrace_update(
            weights: weights.baseAddress, gradients: UnsafePointer(gradients.baseAddress), count: weights.count,
            scale: rule.scale, limit: rule.limit, decay: rule.decay)
    }

    /// Changes weights and gradients as the rule says, which then says nothing more.
    package mutating func applyRule() {
        if rule != Rule() { millrace_prepare_update(kernelUpdate, gradients.baseAddress) }
        rule = Rule()
    }

    /// The number of this update, from 1.
    package var step: Double { Double(iteration + 1) }
}

/// Scratch memory of an optimizer. Not for two threads at once.
public final class OptimizerWorkspace {
    private var buffers: [Int: ScratchBuffer] = [:]
    private let ledger: MemoryLedger?
    package let products = MatrixProducts()

    public init() { ledger = nil }

    /// Memory that a ledger knows.
    package init(ledger: MemoryLedger) { self.ledger = ledger }

    /// Memory for `count` floats; the same memory at every call with the same number, with what was left there.
    public func floats(_ number: Int, count: Int) -> UnsafeMutableBufferPointer<Float> {
        if let known = buffers[number], known.count >= count {
            return UnsafeMutableBufferPointer(rebasing: known.floats[0..<count])
        }
        let made = ScratchBuffer(count: max(16, count), ledger)
        buffers[number] = made
        return UnsafeMutableBufferPointer(rebasing: made.floats[0..<count])
    }
}

private final class ScratchBuffer {
    private let buffer: AlignedBuffer
    private let ledger: MemoryLedger?
    let count: Int
    var floats: UnsafeMutableBufferPointer<Float> { buffer.floats }

    init(count: Int, _ ledger: MemoryLedger?) {
        ledger?.grant(count * 4, to: .optimizer)
        self.count = count
        self.ledger = ledger
        buffer = AlignedBuffer(byteCount: count * 4)
    }

    deinit { ledger?.release(count * 4, from: .optimizer) }
}
