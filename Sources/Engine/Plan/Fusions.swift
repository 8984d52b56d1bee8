import OneDNN

/// Which activations are computed by the product in front of them.
///
/// A product whose result is read by nothing but an activation applies that activation itself, while the result is in
/// registers. Gradients of activations are computed from their output, so nothing else needs the product's bare result.
struct Fusions {
    /// The activation and the value that a product node makes in place of its own output.
    private(set) var fused: [Int: (function: Eltwise, value: Int)] = [:]
    /// Activation nodes that have no work left.
    private(set) var absorbed: Set<Int> = []
    /// What each product computes with what is behind it, for example `convolution + relu`.
    private(set) var groups: [String] = []

    init(graph: Graph, live: [Int], uses: [Int: Int]) {
        for index in live {
            guard let unary = graph.nodes[index].operation as? Unary, let eltwise = unary.function.eltwise else {
                continue
            }
            let input = graph.nodes[index].inputs[0]
            let producer = graph.values[input].producer
            let operation = graph.nodes[producer].operation
            guard uses[input] == 1 else { continue }
            // Our own normalization bounds its result; primitives apply any of the functions.
            let isBounding = operation is BatchNormalize && Bounds(eltwise) != nil
            guard operation is InnerProduct || operation is Convolution || isBounding else { continue }
            fused[producer] = (eltwise, graph.nodes[index].outputs[0])
            absorbed.insert(index)
            groups.append("\(operation.name) + \(unary.function.label)")
        }
    }
}

extension UnaryFunction {
    /// The name without numbers.
    fileprivate var label: String { String("\(self)".prefix { $0 != "(" }) }

    /// The same function as part of a oneDNN primitive.
    fileprivate var eltwise: Eltwise? {
        switch self {
        case .relu(let slope): .relu(alpha: slope)
        case .sigmoid: .logistic
        case .tanh: .tanh
        case .clip(let lower, let upper): .clip(lower: lower, upper: upper)
        default: nil
        }
    }
}
