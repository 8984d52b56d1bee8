import Engine
import Memory

extension OperationRule {
    static let products: [String: OperationRule] = [
        "Matmul": product { a, b, call throws(ModelError) in try matrixProduct(a, b, call) },
        "Dot": product { a, b, call throws(ModelError) in
            guard b.isConstant, b.tensor.shape.rank <= 2 else {
                throw call.layer.error("x2 is a tensor of the model, expected a matrix that stands in it; use matmul")
            }
            return b.tensor.shape.rank == 0 ? a.tensor * b.tensor : try matrixProduct(a, b, call)
        },
        "Tensordot": product { a, b, call throws(ModelError) in
            guard b.isConstant, b.tensor.shape.rank >= 1, try call.integers("axes") == [1] else {
                throw call.layer.error("is supported with axes 1 and an array that stands in the model as x2")
            }
            let matrix = b.tensor.reshaped([b.tensor.shape[0], b.tensor.shape.withoutFirst.elementCount])
            let result = try matrixProduct(a, (matrix, true), call)
            return result.reshaped(Shape(a.tensor.shape.dimensions.dropLast() + b.tensor.shape.dimensions.dropFirst()))
        },
        "Einsum": product { a, b, call throws(ModelError) in try einsum(a.tensor, b.tensor, call) },
        "Normalize": unary("keras.src.ops.nn") { x, call throws(ModelError) in
            guard try call.number("order", default: 2) == 2 else { throw call.refused("order", "2") }
            let axes = call.value("axis") == nil ? [try call.axis(-1, of: x)] : try call.axes(of: x)
            return x.unitNorm(axes: axes, epsilon: try call.number("epsilon", default: 1e-7))
        },
    ]

    private typealias Factor = (tensor: Tensor, isConstant: Bool)

    private static func product(
        _ function: @escaping @Sendable (Factor, Factor, OperationCall) throws(ModelError) -> Tensor
    ) -> OperationRule {
        OperationRule(arguments: ["x1", "x2"]) { call throws(ModelError) in
            [try function(try call.operand("x1"), try call.operand("x2"), call)]
        }
    }

    private static func matrixProduct(_ a: Factor, _ b: Factor, _ call: OperationCall) throws(ModelError) -> Tensor {
        // A vector that stands in the model is a matrix of one column.
        let isVector = b.isConstant && b.tensor.shape.rank == 1
        let right = isVector ? b.tensor.reshaped([b.tensor.shape[0], 1]) : b.tensor
        let left = a.tensor
        func leading(_ shape: Shape) -> Shape { Shape(Array(shape.dimensions.dropLast(2))) }
        guard left.shape.rank >= 2, right.shape.rank >= 2, left.shape.last == right.shape[right.shape.rank - 2],
            leading(left.shape).broadcast(with: leading(right.shape)) != nil,
            a.isConstant || b.isConstant || left.shape.rank == right.shape.rank && left.shape.rank > 2
        else {
            throw call.layer.error(
                "cannot multiply \(call.describe(left.shape)) by \(call.describe(b.tensor.shape)) as matrices")
        }
        let product = left.matrixProduct(right)
        return isVector ? product.reshaped(Shape(Array(product.shape.dimensions.dropLast()))) : product
    }

    private static func einsum(_ a: Tensor, _ b: Tensor, _ call: OperationCall) throws(ModelError) -> Tensor {
        guard let text = try call.text("subscripts") else { throw call.refused("subscripts", "a text") }
        let letters = text.filter { $0 != " " }
        let sides = letters.split(separator: ">", omittingEmptySubsequences: false)
        guard sides.count == 2, sides[0].hasSuffix("-"),
            case let factors = sides[0].dropLast().split(separator: ",", omittingEmptySubsequences: false),
            factors.count == 2
        else { throw call.refused("subscripts", "the form ab,bc->ac") }
        let axes = [factors[0], factors[1], sides[1]].map { $0.map { Int($0.asciiValue ?? 0) } }
        guard
            zip(axes, [factors[0], factors[1], sides[1]]).allSatisfy({ axes, text in
                text.allSatisfy { $0.isLetter && $0.isASCII } && Set(axes).count == axes.count
            }), axes[0].count == a.shape.rank, axes[1].count == b.shape.rank,
            axes[2].allSatisfy({ axes[0].contains($0) || axes[1].contains($0) })
        else {
            throw call.refused(
                "subscripts", "a letter for each axis of \(call.describe(a.shape)) and \(call.describe(b.shape))")
        }
        for (place, axis) in axes[0].enumerated() {
            guard let other = axes[1].firstIndex(of: axis), b.shape[other] != a.shape[place] else { continue }
            throw call.layer.error(
                "\(text) pairs axes of different extents of \(call.describe(a.shape)) and \(call.describe(b.shape))")
        }
        return Tensor.einsum(a, axes[0], b, axes[1], axes[2])
    }
}
