import CKernels
import OneDNN

/// An activation that a kernel of our own applies to its result: at least one number, at most another.
struct Bounds: Equatable {
    let lower: Float
    let upper: Float

    /// The bounds of an activation; nil for none and for those that are no bounds.
    init?(_ function: Eltwise?) {
        switch function {
        case .relu(alpha: 0): (lower, upper) = (0, .infinity)
        case .clip(let lower, let upper): (self.lower, self.upper) = (lower, upper)
        default: return nil
        }
    }

    /// The same of a function of a graph.
    init?(_ function: UnaryFunction) {
        switch function {
        case .relu(negativeSlope: 0): (lower, upper) = (0, .infinity)
        case .clip(let lower, let upper): (self.lower, self.upper) = (lower, upper)
        default: return nil
        }
    }

    init(lower: Float, upper: Float) {
        self.lower = lower
        self.upper = upper
    }

    static func raw(_ bounds: Bounds?) -> millrace_bounds {
        millrace_bounds(is_bounded: bounds != nil, lower: bounds?.lower ?? 0, upper: bounds?.upper ?? 0)
    }
}

extension PlanBuilder {
    /// What reaches a normalization from behind a bounding activation: a gradient that nobody else reads and that is
    /// nothing but another one, masked where the activation of this very normalization was at a bound.
    ///
    /// - Parameter inputs: x, γ, mean and variance.
    /// - Returns: the other gradient, the activation's bounds, and the normalization's β.
    func maskedGradient(_ value: Int, normalizing inputs: [Int]) -> (gradient: Int, bounds: Bounds, beta: Int)? {
        let node = graph.nodes[graph.values[value].producer]
        guard deferred.contains(value), remainingUses[value] == 1, let binary = node.operation as? Binary else {
            return nil
        }
        let (gradient, output) = (node.inputs[0], node.inputs[1])
        let bounds: Bounds
        switch binary.function {
        case .reluGradient(negativeSlope: 0): bounds = Bounds(lower: 0, upper: .infinity)
        case .clipGradient(let lower, let upper): bounds = Bounds(lower: lower, upper: upper)
        default: return nil
        }
        let activation = graph.nodes[graph.values[output].producer]
        guard let unary = activation.operation as? Unary, Bounds(unary.function) == bounds else { return nil }
        let forward = graph.nodes[graph.values[activation.inputs[0]].producer]
        guard let normalization = forward.operation as? BatchNormalize,
            activation.inputs[0] == forward.outputs[0],
            [forward.inputs[0], forward.inputs[1]]
                + (normalization.areGiven ? forward.inputs[3...4] : forward.outputs[1...2]) == inputs
        else { return nil }
        // Nobody has counted this use of β: work in place may have taken its memory, unless that is no memory of the plan.
        let beta = forward.inputs[2]
        let isOutside = placements[beta]?.first.map { buffers[$0.buffer].backing != .arena } ?? false
        guard isOutside || isRead(beta) else { return nil }
        return (gradient, bounds, beta)
    }
}
