import Engine
import Memory

/// How an operation of Keras is computed. What does not fit is an error, found by a trial with an unlikely batch size.
struct OperationRule: Sendable {
    typealias Types = @Sendable (OperationLayer, [ScalarType]) -> [ScalarType]

    /// The names of Keras's `call` arguments.
    let arguments: [String]
    var module = "keras.src.ops.numpy"
    /// The types of the outputs; a single one stands for all.
    var type: Types = { _, _ in [.float32] }
    let apply: @Sendable (OperationCall) throws(ModelError) -> [Tensor]

    /// All operations by Keras's class names.
    static let all: [String: OperationRule] = [
        arithmetic, comparisons, elementwise, activations, reductions, shapes, joints, products, conversions,
    ].reduce(into: [:]) { all, family in all.merge(family) { first, _ in first } }

    /// Whole numbers stay whole where all inputs are.
    static let sameType: Types = { _, inputs in [inputs.allSatisfy { $0 == .int32 } ? .int32 : .float32] }

    /// A function of one tensor.
    static func unary(
        _ module: String = "keras.src.ops.numpy", type: @escaping Types = { _, _ in [.float32] },
        _ function: @escaping @Sendable (Tensor, OperationCall) throws(ModelError) -> Tensor
    ) -> OperationRule {
        OperationRule(arguments: ["x"], module: module, type: type) { call throws(ModelError) in
            [try function(try call.tensor("x"), call)]
        }
    }

    /// A function of two operands, whose extents of 1 are repeated.
    static func binary(_ function: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> OperationRule {
        OperationRule(arguments: ["x1", "x2"]) { call throws(ModelError) in
            let operands = try call.operands("x1", "x2")
            return [function(operands[0], operands[1])]
        }
    }
}

extension Tensor {
    /// 1 where a number is not 0, else 0.
    var truth: Tensor { equal(graph.constant(0, shape: [])).scaled(by: -1, offset: 1) }

    /// The only number of a constant; nil for other tensors.
    var constantValue: Float? { shape.rank == 0 ? (producer.operation as? Constant)?.value : nil }

    /// 1 where this is 0, and the other way round, for tensors of 0 and 1.
    var negation: Tensor { scaled(by: -1, offset: 1) }
}
