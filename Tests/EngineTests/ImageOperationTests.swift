import Engine
import Memory
import TestSupport
import Testing

/// Convolutions and poolings of one to three spatial axes.
@Suite struct ImageOperationTests {
    private typealias Case = OperationHarness.Case

    private func check(_ name: String, _ shapes: [Shape], _ function: @escaping @Sendable ([Tensor]) -> Tensor) throws {
        let failures = try OperationHarness().failures(Case(name: name, shapes: shapes, function: function))
        #expect(failures == [])
    }

    struct Convolution: Sendable, CustomTestStringConvertible {
        let x: Shape
        let w: Shape
        var strides: [Int]?
        var dilation: [Int]?
        var padding = Padding.valid
        var hasBias = false
        var testDescription: String { "\(x) by \(w) \(strides ?? []) \(dilation ?? []) \(padding)" }
    }

    private static let convolutions: [Convolution] = [
        .init(x: [2, 5, 6, 3], w: [3, 2, 3, 4], hasBias: true),
        .init(x: [2, 7, 6, 1], w: [3, 3, 1, 17], strides: [2, 3], padding: .same, hasBias: true),
        .init(x: [1, 7, 6, 17], w: [2, 4, 17, 1], padding: .same), .init(x: [3, 1, 1, 2], w: [1, 1, 2, 3]),
        .init(x: [2, 8, 7, 2], w: [2, 2, 2, 3], strides: [3, 4]),
        .init(x: [2, 8, 7, 2], w: [3, 2, 2, 3], dilation: [2, 3], padding: .same, hasBias: true),
        .init(x: [2, 5, 5, 6], w: [3, 3, 2, 9], padding: .same, hasBias: true),
        .init(x: [1, 4, 4, 32], w: [2, 2, 16, 32], strides: [2, 2], padding: .same),
        .init(x: [2, 5, 5, 17], w: [3, 3, 1, 17], padding: .same, hasBias: true),
        .init(x: [2, 9, 3], w: [3, 3, 5], hasBias: true), .init(x: [2, 9, 16], w: [2, 16, 16], padding: .causal),
        .init(x: [1, 9, 3], w: [3, 3, 5], dilation: [3], padding: .causal, hasBias: true),
        .init(x: [2, 9, 4], w: [4, 2, 6], strides: [2], padding: .same),
        .init(x: [1, 1, 1], w: [1, 1, 1], hasBias: true),
        .init(x: [2, 3, 4, 5, 2], w: [2, 2, 3, 2, 3], strides: [1, 2, 1], padding: .same, hasBias: true),
        .init(x: [1, 3, 4, 5, 4], w: [2, 3, 1, 2, 2], dilation: [2, 1, 1]),
    ]

    @Test(arguments: convolutions)
    func `convolutions are the reference's, and gradients are slopes`(_ example: Convolution) throws {
        let shapes = [example.x, example.w] + (example.hasBias ? [[example.w.last]] : [])
        try check(example.testDescription, shapes) {
            $0[0].convolution(
                $0[1], bias: $0.count > 2 ? $0[2] : nil, strides: example.strides, dilation: example.dilation,
                padding: example.padding)
        }
    }

    @Test func `an activation fused into a grouped convolution is the reference's`() throws {
        try check("relu", [[2, 5, 5, 6], [3, 3, 2, 9], [9]]) { $0[0].convolution($0[1], bias: $0[2]).relu() }
    }

    @Test func `depthwise convolutions make the multiplier's channels side by side`() throws {
        for (x, w) in [([2, 5, 4, 3], [3, 2, 3, 2]), ([2, 6, 17], [3, 17, 1]), ([1, 3, 3, 1], [2, 2, 1, 4])] {
            try check("depthwise", [Shape(x), Shape(w)]) { $0[0].depthwiseConvolution($0[1], padding: .same) }
        }
    }

    struct Transposed: Sendable, CustomTestStringConvertible {
        let x: Shape
        let w: Shape
        var strides: [Int]?
        var dilation: [Int]?
        var padding = Padding.valid
        var outputPadding: [Int]?
        let result: Shape
        var testDescription: String { "\(x) by \(w) \(strides ?? []) \(padding) \(outputPadding ?? [])" }
    }

    /// Shapes are those of Keras 3.
    private static let transposed: [Transposed] = [
        .init(x: [2, 4, 5, 3], w: [3, 2, 4, 3], result: [2, 6, 6, 4]),
        .init(x: [2, 4, 5, 3], w: [3, 3, 4, 3], strides: [2, 2], padding: .same, result: [2, 8, 10, 4]),
        .init(x: [2, 4, 5, 3], w: [2, 4, 17, 3], strides: [2, 3], padding: .same, result: [2, 8, 15, 17]),
        .init(x: [1, 4, 5, 1], w: [2, 2, 1, 1], strides: [3, 4], result: [1, 12, 20, 1]),
        .init(x: [1, 4, 5, 1], w: [1, 2, 2, 1], strides: [3, 4], padding: .same, result: [1, 12, 20, 2]),
        .init(
            x: [2, 4, 5, 2], w: [3, 4, 2, 2], strides: [2, 2], padding: .same, outputPadding: [1, 0],
            result: [2, 8, 8, 2]),
        .init(x: [2, 4, 5, 2], w: [3, 4, 2, 2], strides: [2, 3], outputPadding: [1, 2], result: [2, 10, 18, 2]),
        .init(x: [2, 3, 3, 2], w: [2, 3, 2, 2], dilation: [2, 2], padding: .same, result: [2, 3, 3, 2]),
        .init(x: [2, 5, 3], w: [3, 2, 3], strides: [2], padding: .same, result: [2, 10, 2]),
        .init(x: [2, 5, 3], w: [3, 2, 3], outputPadding: [3], result: [2, 10, 2]),
        .init(x: [1, 2, 3, 2, 2], w: [2, 3, 2, 3, 2], strides: [2, 1, 2], padding: .same, result: [1, 4, 3, 4, 3]),
    ]

    @Test(arguments: transposed)
    func `transposed convolutions have Keras's extents, and gradients are slopes`(_ example: Transposed) throws {
        let graph = Graph()
        let convolve: @Sendable ([Tensor]) -> Tensor = {
            $0[0].transposedConvolution(
                $0[1], bias: $0[2], strides: example.strides, dilation: example.dilation, padding: example.padding,
                outputPadding: example.outputPadding)
        }
        let shapes = [example.x, example.w, Shape([example.w[example.w.rank - 2]])]
        #expect(convolve(shapes.enumerated().map { graph.input("\($0)", shape: $1) }).shape == example.result)
        try check(example.testDescription, shapes, convolve)
    }

    struct Pooling: Sendable, CustomTestStringConvertible {
        let x: Shape
        let size: [Int]
        var strides: [Int]?
        var padding = Padding.valid
        var testDescription: String { "\(x) by \(size) \(strides ?? []) \(padding)" }
    }

    private static let poolings: [Pooling] = [
        .init(x: [2, 4, 6, 3], size: [2, 2]), .init(x: [2, 5, 7, 17], size: [2, 3], padding: .same),
        .init(x: [2, 5, 7, 16], size: [3, 3], strides: [1, 2], padding: .same),
        .init(x: [2, 7, 7, 1], size: [2, 1], strides: [3, 2]), .init(x: [1, 1, 1, 1], size: [2, 2], padding: .same),
        .init(x: [2, 7, 3], size: [2]), .init(x: [2, 7, 3], size: [3], strides: [2], padding: .same),
        .init(x: [2, 4, 3, 5, 2], size: [2, 2, 2], padding: .same), .init(x: [1, 4, 3, 5, 3], size: [1, 3, 2]),
        .init(x: [1, 17, 17, 1], size: [17, 17]),
    ]

    @Test(arguments: poolings)
    func `poolings are the reference's, and gradients are slopes`(_ example: Pooling) throws {
        try check("maximum \(example.testDescription)", [example.x]) {
            $0[0].maxPooling(example.size, strides: example.strides, padding: example.padding)
        }
        try check("mean \(example.testDescription)", [example.x]) {
            $0[0].averagePooling(example.size, strides: example.strides, padding: example.padding).square()
        }
    }

    @Test func `the first of equal maxima gets the gradient`() throws {
        for size in [[2, 2], [3, 3], [17, 17]] {
            for type in [ScalarType.float32, .bfloat16] {
                var example = Case(name: "ties", shapes: [[1, 17, 17, 17]]) {
                    $0[0].casted(to: type).maxPooling(size, strides: size.map { min(2, $0) })
                }
                example.values = { _, shape in (0..<shape.elementCount).map { Float($0 / 34 % 2) } }
                for (what, distance) in try OperationHarness().check(example, slopes: false) {
                    #expect(distance < 2e-2, "\(size) \(type) \(what): \(distance)")
                }
            }
        }
    }

    @Test func `a convolution, an activation and a pooling together have the reference's gradients`() throws {
        let net = Case(name: "net", shapes: [[2, 8, 8, 2], [3, 3, 2, 16], [16], [3, 3, 1, 16]]) {
            let first = $0[0].convolution($0[1], bias: $0[2], padding: .same).relu().maxPooling([2, 2])
            return first.convolution($0[3], padding: .same).tanh().averagePooling([2, 2])
        }
        for (what, distance) in try OperationHarness().check(net, second: true) {
            #expect(distance < 1e-4, "\(what): \(distance)")
        }
    }
}
