import Engine
import Memory
import TestSupport
import Testing

@Suite struct ElementwiseOperationTests {
    private typealias Case = OperationHarness.Case

    /// Numbers between 0.2 and 1.8.
    private static func positive(_ index: Int, _ shape: Shape) -> [Float] {
        det(shape, Double(index) + 0.3, 0.8).map { $0 + 1 }
    }

    private static let unary: [(String, @Sendable (Tensor) -> Tensor, isPositive: Bool)] = [
        ("abs", { $0.abs() }, false), ("sign", { $0.sign() }, false), ("square", { $0.square() }, false),
        ("sqrt", { $0.sqrt() }, true), ("rsqrt", { $0.reciprocalSquareRoot() }, true),
        ("reciprocal", { $0.reciprocal() }, true), ("exp", { $0.exp() }, false), ("expm1", { $0.expm1() }, false),
        ("log", { $0.log() }, true), ("log1p", { $0.log1p() }, true), ("sine", { $0.sine() }, false),
        ("cosine", { $0.cosine() }, false), ("tanh", { $0.tanh() }, false), ("sigmoid", { $0.sigmoid() }, false),
        ("softplus", { $0.softplus() }, false), ("erf", { $0.erf() }, false), ("floor", { $0.floor() }, false),
        ("ceil", { $0.ceil() }, false), ("round", { $0.scaled(by: 3).rounded() }, false),
        ("relu", { $0.relu(negativeSlope: 0.1) }, false), ("affine", { $0.scaled(by: -2, offset: 3) }, false),
        ("clip", { $0.clipped(from: -0.3, to: 0.4) }, false), ("mean", { $0.mean() }, false),
        ("sum of an inner axis", { $0.sum(axes: [1]) }, false), ("sum of outer axes", { $0.sum(axes: [0, 1]) }, false),
        ("sum of first and last", { $0.sum(axes: [0, 2], keepDimensions: true) }, false),
        ("max", { $0.max(axes: [-1]) }, false), ("min", { $0.min(axes: [0]) }, false),
        ("transposed", { $0.transposed([2, 0, 1]).scaled(by: 2) }, false),
        ("slice with steps", { $0.sliced(begin: [0, 1, 0], shape: [2, 2, 3], step: [1, 2, 2]) }, false),
        ("padded", { $0.padded(before: [0, 1, 2], after: [1, 0, 3], value: 0.5) }, false),
        ("concatenated", { Tensor.concatenate([$0, $0.square(), $0], axis: 1) }, false),
        ("reshaped", { $0.reshaped([10, 4]).exp() }, false),
        ("broadcast", { $0.sliced(axis: 1, 2..<3).broadcast(to: [2, 7, 5]) }, false),
        ("softmax", { $0.softmax() }, false),
        ("a long chain", { x in (0..<32).reduce(x) { y, step in (y * x + Float(step % 3)).tanh() } }, false),
        ("a wide tree", { x in (0..<30).map { x.scaled(by: Float($0)).sine() }.reduce(x) { $0 + $1 } }, false),
    ]

    @Test(arguments: unary.map(\.0))
    func `functions of one tensor are the reference's, and gradients are slopes`(_ name: String) throws {
        let (_, function, isPositive) = Self.unary.first { $0.0 == name }!
        var example = Case(name: name, shapes: [[2, 4, 5]]) { function($0[0]) }
        if isPositive { example.values = Self.positive }
        for (what, distance) in try OperationHarness().check(example, second: true) {
            #expect(distance < 5e-5, "\(what): \(distance)")
        }
    }

    @Test func `in bfloat16 nothing at a bound of clip has a gradient`() throws {
        // Neither 0.3 nor 0.9 is a number of bfloat16: one is rounded up, the other down.
        for bounds in [(-0.9, 0.3), (-0.3, 0.9)] as [(Float, Float)] {
            var example = Case(name: "clip", shapes: [[6]]) {
                $0[0].casted(to: .bfloat16).clipped(from: bounds.0, to: bounds.1)
            }
            example.values = { _, _ in [-2, -0.125, 0, 0.125, 0.25, 2] }
            for (what, distance) in try OperationHarness().check(example, slopes: false) {
                #expect(distance < 1e-2, "\(bounds), \(what): \(distance)")
            }
        }
    }

    private static let binary: [(String, @Sendable (Tensor, Tensor) -> Tensor)] = [
        ("add", { $0 + $1 }), ("subtract", { $0 - $1 }), ("multiply", { $0 * $1 }), ("divide", { $0 / $1 }),
        ("maximum", { $0.maximum($1) }), ("minimum", { $0.minimum($1) }), ("power", { $0.power($1) }),
        ("select", { Tensor.select($0.less($1), $0 * 2, $1.square()) }), ("equal", { $0.equal($1) + $0 }),
    ]

    private static let pairs: [(Shape, Shape)] = [
        ([3, 4, 5], [3, 4, 5]), ([3, 4, 5], [5]), ([3, 4, 5], [4, 1]), ([3, 4, 5], [3, 1, 1]), ([3, 4, 5], []),
        ([3, 4, 5], [1, 4, 5]), ([1, 5], [4, 1]), ([3, 1, 5], [1, 4, 1]), ([1], [1]), ([], [2, 3]), ([1, 1], [7, 1]),
        ([2, 300, 7], [2, 1, 7]), ([700], [3, 1]),
    ]

    @Test(arguments: binary.map(\.0))
    func `functions of two tensors broadcast as numpy does, and gradients are slopes`(_ name: String) throws {
        let function = Self.binary.first { $0.0 == name }!.1
        for (left, right) in Self.pairs {
            let example = Case(name: name, shapes: [left, right], values: Self.positive) { function($0[0], $0[1]) }
            for (what, distance) in try OperationHarness().check(example) {
                #expect(distance < 5e-5, "\(left) \(right) \(what): \(distance)")
            }
        }
    }

    private static let products: [(Shape, Shape, Bool, Bool)] = [
        ([3, 4], [4, 5], false, false), ([4, 3], [4, 5], true, false), ([3, 4], [5, 4], false, true),
        ([4, 3], [5, 4], true, true), ([2, 3, 4], [2, 4, 5], false, false), ([2, 6, 3, 4], [2, 6, 5, 4], false, true),
        ([2, 3, 4], [4, 5], false, false), ([2, 1, 3, 4], [6, 4, 5], false, false), ([1, 1], [1, 1], false, false),
        ([5, 1, 7], [5, 7, 1], false, false),
    ]

    @Test func `matrix products of any form are the reference's, and gradients are slopes`() throws {
        for (left, right, turnsLeft, turnsRight) in Self.products {
            let example = Case(name: "", shapes: [left, right]) {
                $0[0].matrixProduct($0[1], transposeLeft: turnsLeft, transposeRight: turnsRight)
            }
            for (what, distance) in try OperationHarness().check(example, second: true) {
                #expect(distance < 5e-5, "\(left) \(right) \(what): \(distance)")
            }
        }
    }

    @Test func `a product of transposed views is that of copies`() throws {
        let example = Case(name: "", shapes: [[2, 5, 3, 4], [2, 6, 3, 4]]) {
            $0[0].transposed([0, 2, 1, 3]).matrixProduct($0[1].transposed([0, 2, 1, 3]), transposeRight: true)
        }
        for (what, distance) in try OperationHarness().check(example) {
            #expect(distance < 5e-5, "\(what): \(distance)")
        }
    }
}
