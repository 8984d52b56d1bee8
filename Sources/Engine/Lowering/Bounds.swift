import CKernels
import OneDNN

/// An activation that a kernel of our own applies to its result: at least one number, at most another.
struct Bounds {
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

    init(lower: Float, upper: Float) {
        self.lower = lower
        self.upper = upper
    }

    static func raw(_ bounds: Bounds?) -> millrace_bounds {
        millrace_bounds(is_bounded: bounds != nil, lower: bounds?.lower ?? 0, upper: bounds?.upper ?? 0)
    }
}

extension PlanBuilder {
    /// A gradient that nobody else reads and that is nothing but another one masked by an activation's output.
    func maskedGradient(_ value: Int) -> (gradient: Int, output: Int, bounds: Bounds)? {
        let node = graph.nodes[graph.values[value].producer]
        guard deferred.contains(value), remainingUses[value] == 1, let binary = node.operation as? Binary,
            shape(node.inputs[0]) == shape(value), shape(node.inputs[1]) == shape(value)
        else { return nil }
        switch binary.function {
        case .reluGradient(negativeSlope: 0):
            return (node.inputs[0], node.inputs[1], Bounds(lower: 0, upper: .infinity))
        case .clipGradient(let lower, let upper):
            return (node.inputs[0], node.inputs[1], Bounds(lower: lower, upper: upper))
        default: return nil
        }
    }
}
