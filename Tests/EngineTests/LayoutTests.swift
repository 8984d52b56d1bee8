import Engine
import Memory
import OneDNN
import TestSupport
import Testing

/// Work between convolutions, in whatever layout those make: blocks of channels where their number allows it, with the
/// last axis innermost where it does not.
@Suite struct LayoutTests {
    private typealias Case = OperationHarness.Case

    /// Whole blocks of every size, one block, several, and numbers that no block divides.
    private static let channels = [16, 17, 24, 32, 5]

    /// Against the reference, in float32; in bfloat16 the outputs alone: behind several roundings what falls on the other
    /// side of an activation's kink makes another gradient.
    private func check(
        _ name: String, _ shapes: [Shape], briefGradients: Bool = false,
        _ function: @escaping @Sendable ([Tensor]) -> Tensor
    ) throws {
        let example = Case(name: name, shapes: shapes, function: function)
        for (what, distance) in try OperationHarness().check(example, slopes: false) {
            #expect(distance < 1e-4, "\(name) \(what): \(distance)")
        }
        var brief = Case(name: name, shapes: shapes) { inputs in
            function(inputs.map { $0.shape.rank == 4 ? $0.casted(to: .bfloat16) : $0 })
        }
        brief.values = { index, shape in
            example.values(index, shape).map { Float(bitPattern: $0.bitPattern & 0xffff_0000) }
        }
        for (what, distance) in try OperationHarness().check(brief, slopes: false)
        where what == "output" || (briefGradients && what != "loss") {
            #expect(distance < 0.05, "\(name) in bfloat16, \(what): \(distance)")
        }
    }

    /// An image of few channels and two kernels: to `channels`, and from there to as many.
    private func shapes(_ channels: Int) -> [Shape] {
        [[2, 4, 3, 3], [1, 1, 3, channels], [2, 2, channels, channels], [channels], [channels]]
    }

    @Test(arguments: channels)
    func `normalizations stand between convolutions`(_ channels: Int) throws {
        try check("\(channels)", shapes(channels)) {
            $0[0].convolution($0[1]).batchNormalized(scale: $0[3], offset: $0[4], epsilon: 0.1).output.relu()
                .convolution($0[2], padding: .same).batchNormalized(scale: $0[4], offset: $0[3], epsilon: 0.1).output
        }
        try check("\(channels) given", shapes(channels)) {
            let x = $0[0].convolution($0[1])
            let (mean, variance) = (x.graph.constant(0.1, shape: [channels]), x.graph.constant(0.4, shape: [channels]))
            return x.batchNormalized(scale: $0[3], offset: $0[4], mean: mean, variance: variance, epsilon: 0.1)
                .clipped(from: -0.3, to: 0.4).convolution($0[2])
        }
    }

    @Test(arguments: channels)
    func `a convolution's normalization and its gradients are the reference's in bfloat16, too`(_ channels: Int) throws
    {
        try check("\(channels)", [[3, 6, 5, 4], [2, 2, 4, channels], [channels], [channels]], briefGradients: true) {
            $0[0].convolution($0[1]).batchNormalized(scale: $0[2], offset: $0[3], epsilon: 0.1).output
                .clipped(from: -2, to: 2)
        }
    }

    @Test(arguments: channels)
    func `residual connections add what several read`(_ channels: Int) throws {
        try check("\(channels)", shapes(channels)) {
            let x = $0[0].convolution($0[1]).relu()
            let y = x.convolution($0[2], padding: .same)
                .batchNormalized(scale: $0[3], offset: $0[4], epsilon: 0.1).output
            let z = (x + y).relu()
            return z.convolution($0[2]).mean(axes: [1, 2]) + (z * x).mean(axes: [1, 2])
        }
    }

    @Test(arguments: channels)
    func `small operands are repeated over images`(_ channels: Int) throws {
        try check("\(channels)", shapes(channels)) {
            let x = $0[0].convolution($0[1])
            let spread = x.mean(axes: [1, 2], keepDimensions: true).sigmoid()
            let row = x.mean(axes: [0, 1, 3], keepDimensions: true)
            return (x * $0[3] + $0[4] - row).tanh().convolution($0[2], padding: .same) * spread
        }
    }

    @Test(arguments: [(16, 16), (16, 17), (32, 16), (5, 16), (8, 24)])
    func `images are joined and cut along their channels`(_ first: Int, _ second: Int) throws {
        let both = first + second
        let shapes: [Shape] = [
            [2, 4, 3, 3], [1, 1, 3, first], [2, 2, 3, second], [2, 1, both, 16], [both], [both], [1, 1, first, 16],
        ]
        try check("\(first), \(second)", shapes) {
            let a = $0[0].convolution($0[1]).relu()
            let b = $0[0].convolution($0[2], padding: .same)
            let joined = Tensor.concatenate([a, b], axis: -1)
            let cut = joined.sliced(axis: -1, 0..<first).convolution($0[6])
            return joined.batchNormalized(scale: $0[4], offset: $0[5], epsilon: 0.1).output.relu()
                .convolution($0[3], padding: .same) * cut.relu()
        }
        try check("\(first), \(second), rows", shapes) {
            let a = $0[0].convolution($0[1])
            let padded = Tensor.concatenate([a, a], axis: 1).padded(
                before: [0, 1, 0, 0], after: [0, 0, 2, 0], value: 0.5)
            return padded.relu().sliced(begin: [0, 1, 0, 0], shape: [2, 4, 2, first], step: [1, 2, 2, 1])
                .convolution($0[6])
        }
    }

    @Test(arguments: channels)
    func `poolings keep the layout of images`(_ channels: Int) throws {
        try check("\(channels)", shapes(channels)) {
            let x = $0[0].convolution($0[1])
            let y = x.maxPooling([2, 2], strides: [1, 1]) + x.averagePooling([2, 2], strides: [1, 1])
            return y.convolution($0[2]).max(axes: [1, 2])
        }
        try check("\(channels), sums", shapes(channels)) {
            let x = $0[0].convolution($0[1])
            return x.sum(axes: [0, 1, 2]) * x.max(axes: [1, 2, 3]).sum() + x.sum(axes: [3]).square().sum()
        }
    }

    /// The sizes of copies from one layout to another.
    private func copies(channels: Int) throws -> [Int] {
        let graph = Graph()
        let x = graph.input("x", shape: [64, 8, 8, channels])
        let w = graph.input("w", shape: [3, 3, channels, channels])
        let (scale, offset) = (graph.input("s", shape: [channels]), graph.input("o", shape: [channels]))
        func block(_ x: Tensor) -> Tensor {
            let y = x.convolution(w, padding: .same).batchNormalized(scale: scale, offset: offset, epsilon: 0.1).output
            return (x + y.relu().convolution(w, padding: .same)).relu()
        }
        let loss = block(block(block(x))).mean(axes: [1, 2]).square().sum()
        let gradients = graph.gradients(of: loss, withRespectTo: [w, scale, offset])
        let ledger = MemoryLedger()
        let plan = try Plan(
            graph, store: ParameterStore([], ledger: ledger), arena: ActivationArena(ledger: ledger),
            propagation: .training,
            outputs: ["loss": loss, "w": gradients[0], "scale": gradients[1], "offset": gradients[2]])
        return plan.report.lines.filter { $0.label.hasPrefix("reorder") }.map(\.byteCount)
    }

    /// Whether convolutions of images forward and backward agree in a layout: not those of SSE4.1.
    private static let agreesInLayouts: Bool = {
        let image = MemoryDescriptor(any: [64, 32, 8, 8])
        let window = Window(
            kernel: [3, 3], strides: [1, 1], dilation: [1, 1], paddingBefore: [1, 1], paddingAfter: [1, 1])
        let convolution = try? PrimitiveDescription.convolution(
            source: image, weights: .init(any: [32, 32, 3, 3]), bias: nil, destination: image, window: window,
            propagation: .training)
        return convolution?.implementation.contains("sse41") == false
    }()

    @Test(.enabled(if: agreesInLayouts), arguments: [32, 24])
    func `between convolutions no image is copied from one layout to another`(_ channels: Int) throws {
        // The input alone is brought into the layout of the convolutions; kernels are smaller.
        let image = 64 * 8 * 8 * channels * 4
        #expect(try copies(channels: channels).filter { $0 >= 2 * image }.count <= 1)
    }
}
