import Memory
import NeuralNetwork
import TestSupport
import Testing

@Suite struct MergingTests {
    private static let left = TestTensor([2, 2, 2], [1, -2, 3, 4, 5, 6, -7, 8])
    private static let right = TestTensor([2, 1, 2], [2, 3, 4, -5])

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let function: @Sendable (Float, Float) -> Float
        let make: @Sendable () -> Layer
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "add", function: { $0 + $1 }) { Add() },
        Case(name: "subtract", function: { $0 - $1 }) { Subtract() },
        Case(name: "multiply", function: { $0 * $1 }) { Multiply() },
        Case(name: "average", function: { ($0 + $1) / 2 }) { Average() },
        Case(name: "maximum", function: { max($0, $1) }) { Maximum() },
        Case(name: "minimum", function: { min($0, $1) }) { Minimum() },
    ]

    @Test(arguments: cases)
    func `two inputs are joined by their function, extents of 1 repeated`(_ test: Case) throws {
        let run = try LayerRun(test.make(), [Self.left, Self.right])
        let expected = (0..<8).map { test.function(Self.left.values[$0], Self.right.values[$0 / 4 * 2 + $0 % 2]) }
        #expect(run.shape == [2, 2, 2])
        #expect(run.output == expected)
        #expect(run.disagreement < 1e-6)
        // A vector per sample is repeated along the axis behind the batch.
        let flat = try LayerRun(test.make(), [Self.left, TestTensor([2, 2], Self.right.values)])
        #expect(flat.output == expected)
    }

    @Test(arguments: cases)
    func `an output is valid where one of the inputs is, if all have masks`(_ test: Case) throws {
        let masks = [TestTensor([2, 2], [1, 0, 0, 1]), TestTensor([2, 2], [0, 0, 1, 1])]
        let inputs = [Self.left, TestTensor([2, 2, 2], phase: 0.5)]
        #expect(try LayerRun(test.make(), inputs, masks: masks).masks == [[1, 0, 1, 1]])
        #expect(try LayerRun(test.make(), inputs, masks: [masks[0], nil]).masks == [nil])
    }

    @Test
    func `the other input counts where one of an extreme is masked`() throws {
        let inputs = [TestTensor([1, 3, 1], [1, 5, 9]), TestTensor([1, 3, 1], [2, 3, 4])]
        let masks = [TestTensor([1, 3], [1, 0, 1]), TestTensor([1, 3], [1, 1, 0])]
        #expect(try LayerRun(Maximum(), inputs, masks: masks).output == [2, 3, 9])
        #expect(try LayerRun(Minimum(), inputs, masks: masks).output == [1, 3, 9])
        #expect(try LayerRun(Maximum(), inputs, masks: [masks[0], nil]).output == [2, 3, 9])
    }

    @Test
    func `three inputs`() throws {
        let inputs = (0..<3).map { TestTensor([1, 2], [Float($0), 3 - Float($0 * $0)]) }
        #expect(try LayerRun(Add(), inputs).output == [3, 4])
        #expect(distance(try LayerRun(Average(), inputs).output, [1, 4.0 / 3]) < 1e-6)
        #expect(try LayerRun(Maximum(), inputs).output == [2, 3])
        #expect(try LayerRun(Multiply(), inputs).output == [0, -6])
    }

    @Test
    func `inputs one behind the other`() throws {
        let inputs = [TestTensor(counting: [1, 2, 2]), TestTensor([1, 1, 2], [8, 9])]
        #expect(try LayerRun(Concatenate(axis: 1), inputs).output == [1, 2, 3, 4, 8, 9])
        #expect(try LayerRun(Concatenate(axis: -2), inputs).output == [1, 2, 3, 4, 8, 9])
        let wide = try LayerRun(Concatenate(), [inputs[0], TestTensor([1, 2, 1], [8, 9])])
        #expect(wide.output == [1, 2, 8, 3, 4, 9])
        #expect(wide.disagreement < 1e-6)
        let whole = inputs.map { TestTensor($0.shape, $0.values, type: .int32) }
        #expect(try LayerRun(Concatenate(axis: 1), whole).output == [1, 2, 3, 4, 8, 9])
        #expect(try LayerRun(Concatenate(axis: 1), [inputs[0], whole[1]]).output == [1, 2, 3, 4, 8, 9])
    }

    @Test
    func `masks are concatenated with their inputs`() throws {
        let inputs = [TestTensor(counting: [1, 2, 2]), TestTensor(counting: [1, 2, 2])]
        let masks = [TestTensor([1, 2], [1, 0]), TestTensor([1, 2], [0, 0])]
        #expect(try LayerRun(Concatenate(axis: 1), inputs, masks: masks).masks == [[1, 0, 0, 0]])
        #expect(try LayerRun(Concatenate(axis: 1), inputs, masks: [nil, masks[1]]).masks == [[1, 1, 0, 0]])
        #expect(try LayerRun(Concatenate(), inputs, masks: masks).masks == [[1, 0]])
        // Every place has a feature that is not masked.
        #expect(try LayerRun(Concatenate(), inputs, masks: [nil, masks[1]]).masks == [nil])
    }

    @Test
    func `dot products`() throws {
        let vectors = [TestTensor([2, 2], [1, 2, 3, 4]), TestTensor([2, 2], [5, 6, 7, 8])]
        let flat = try LayerRun(Dot(axes: 1), vectors)
        #expect(flat.shape == [2, 1])
        #expect(flat.output == [17, 53])
        #expect(flat.disagreement < 1e-6)
        let cosine = try LayerRun(Dot(axes: -1, normalize: true), vectors)
        #expect(distance(cosine.output, [17 / 305.0.squareRoot(), 53 / 2825.0.squareRoot()].map { Float($0) }) < 1e-6)
        #expect(cosine.disagreement < 1e-5)
        // (2, 3) by (3, 2).
        let matrices = [TestTensor(counting: [1, 2, 3]), TestTensor([1, 3, 2], [1, 0, 0, 1, 1, 1])]
        #expect(try LayerRun(Dot(axes: [2, 1]), matrices).output == [4, 5, 10, 11])
        let large = try LayerRun(Dot(axes: [2, 1]), [TestTensor([2, 3, 4, 2]), TestTensor([2, 4])])
        #expect(large.shape == [2, 3, 2])
        #expect(large.disagreement < 1e-5)
        let zero = try LayerRun(Dot(axes: 1, normalize: true), [TestTensor([1, 2], [0, 0]), vectors[0].first])
        #expect(zero.output == [0])
        #expect(zero.gradients.flatMap { $0 }.filter { !$0.isFinite }.isEmpty)
    }

    @Test
    func `what does not fit is refused`() {
        #expect(refusal(Add(), [2, 3], [2, 4])?.contains("equal or 1") == true)
        #expect(refusal(Subtract(), [2])?.contains("two inputs, got 1") == true)
        #expect(refusal(Concatenate(), [2, 3], [3, 4])?.contains("equal but along axis -1") == true)
        #expect(refusal(Concatenate(axis: 1), [2, 3], [2])?.contains("equal but along axis 1") == true)
        #expect(refusal(Concatenate(axis: 0), [2], [2])?.contains("the batch") == true)
        #expect(refusal(Concatenate(axis: 3), [2, 3], [2, 3])?.contains("out of range") == true)
        #expect(refusal(Dot(axes: 1), [2], [3])?.contains("must be equal") == true)
        #expect(refusal(Dot(axes: 0), [2], [2])?.contains("the batch") == true)
        #expect(refusal(Dot(axes: [1, 1, 1]), [2], [2])?.contains("one or two") == true)
    }
}

extension TestTensor {
    /// The first row alone.
    fileprivate var first: TestTensor {
        TestTensor(shape.withoutFirst.prepending(1), Array(values.prefix(shape.withoutFirst.elementCount)))
    }
}
