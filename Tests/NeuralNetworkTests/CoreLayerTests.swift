import Memory
import NeuralNetwork
import TestSupport
import Testing

@Suite struct CoreLayerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let equation: String
        let outputShape: [Int?]
        let bias: String?
        let input: Shape
        let expected: Shape
        /// Of kernel and bias.
        let weights: [Shape]
        var testDescription: String { "\(equation) \(input)" }
    }

    static let cases: [Case] = [
        Case(
            equation: "ab,bc->ac", outputShape: [5], bias: nil, input: [3, 4], expected: [3, 5], weights: [[4, 5]]),
        Case(
            equation: "abc,cd->abd", outputShape: [nil, 5], bias: "d", input: [2, 3, 4], expected: [2, 3, 5],
            weights: [[4, 5], [5]]),
        Case(
            equation: "...x,xy->...y", outputShape: [5], bias: "y", input: [2, 3, 2, 4], expected: [2, 3, 2, 5],
            weights: [[4, 5], [5]]),
        Case(
            equation: "...x,xy->...y", outputShape: [5], bias: "y", input: [2, 4], expected: [2, 5],
            weights: [[4, 5], [5]]),
        Case(
            equation: "abc...,cd->abd...", outputShape: [3, 5], bias: "d", input: [2, 3, 4, 2], expected: [2, 3, 5, 2],
            weights: [[4, 5], [5, 1]]),
        Case(
            equation: "abc,cde->abde", outputShape: [nil, 2, 5], bias: "d", input: [2, 3, 4], expected: [2, 3, 2, 5],
            weights: [[4, 2, 5], [2, 1]]),
        Case(
            equation: "abcd,cde->abe", outputShape: [nil, 5], bias: "be", input: [2, 3, 2, 4], expected: [2, 3, 5],
            weights: [[2, 4, 5], [3, 5]]),
        Case(
            equation: "abc,bd->adc", outputShape: [5, 4], bias: "dc", input: [2, 3, 4], expected: [2, 5, 4],
            weights: [[3, 5], [5, 4]]),
        Case(
            equation: "abc,bcd->abd", outputShape: [nil, 5], bias: "bd", input: [2, 3, 4], expected: [2, 3, 5],
            weights: [[3, 4, 5], [3, 5]]),
        Case(
            equation: "abc,dc->ad", outputShape: [5], bias: nil, input: [2, 3, 4], expected: [2, 5],
            weights: [[5, 4]]),
        Case(
            equation: "abc,c->abc", outputShape: [nil, 4], bias: nil, input: [2, 3, 4], expected: [2, 3, 4],
            weights: [[4]]),
    ]

    @Test(arguments: cases)
    func `einsum sums over the axes that the output lacks`(_ test: Case) throws {
        let layer = EinsumDense(test.equation, outputShape: test.outputShape, biasAxes: test.bias)
        #expect(layer.parameters(for: test.input.withoutFirst).map(\.shape) == test.weights)
        let input = TestTensor(test.input)
        let weights = test.weights.enumerated().map { det($1, Double($0) + 1.7, 0.4) }
        let run = try LayerRun(layer, [input], weights: weights)
        #expect(run.shape == test.expected)
        #expect(run.disagreement < 1e-5)
        #expect(distance(run.output, expected(test, input.values, weights)) < 1e-5)
    }

    /// The equation letter by letter.
    private func expected(_ test: Case, _ input: [Float], _ weights: [[Float]]) -> [Float] {
        let hidden = String("ZYX".prefix(test.input.rank - test.equation.prefix { $0 != "," }.filter(\.isLetter).count))
        let parts = test.equation.replacing("...", with: hidden).split { !$0.isLetter }.map(Array.init)
        var extents: [Character: Int] = [:]
        for (letters, shape) in [(parts[0], test.input), (parts[1], test.weights[0])] {
            for (letter, extent) in zip(letters, shape.dimensions) { extents[letter] = extent }
        }
        let letters = Array(Set(parts[0] + parts[1]))
        var result = [Float](repeating: 0, count: test.expected.elementCount)
        func place(_ axes: [Character], _ index: [Character: Int]) -> Int {
            axes.reduce(0) { $0 * extents[$1]! + index[$1]! }
        }
        for number in 0..<letters.reduce(1, { $0 * extents[$1]! }) {
            var (rest, index) = (number, [Character: Int]())
            for letter in letters {
                index[letter] = rest % extents[letter]!
                rest /= extents[letter]!
            }
            result[place(parts[2], index)] += input[place(parts[0], index)] * weights[0][place(parts[1], index)]
        }
        guard let biased = test.bias else { return result }
        return result.indices.map { position in
            var (rest, offset, stride) = (position, 0, 1)
            for letter in parts[2].reversed() {
                if biased.contains(letter) {
                    offset += rest % extents[letter]! * stride
                    stride *= extents[letter]!
                }
                rest /= extents[letter]!
            }
            return result[position] + weights[1][offset]
        }
    }

    @Test
    func `equations that make no sense are refused`() {
        func reason(_ equation: String, _ shape: [Int?], _ input: Shape, bias: String? = nil) -> String {
            refusal(EinsumDense(equation, outputShape: shape, biasAxes: bias), input) ?? ""
        }
        for equation in ["", "ab", "ab,bc", "ab,bc,cd->ad", "aa,ab->b", "a1,1b->ab", "...a,...b->ab", "...ab,bc->ac"] {
            #expect(reason(equation, [2], [4]).contains("expected the form"), "\(equation)")
        }
        #expect(reason("abc,cd->abd", [nil, 5], [4]).contains("does not fit the equation"))
        #expect(reason("...x,xy->...y", [5], []).contains("does not fit the equation"))
        #expect(reason("ab,bc->ca", [5], [4]).contains("must be the batch"))
        #expect(reason("ab,ac->bc", [5], [4]).contains("must be the batch"))
        #expect(reason("ab,bd->ac", [5], [4]).contains("neither the input nor the output"))
        #expect(reason("ab,bc->ac", [nil], [4]).contains("leaves an extent"))
        #expect(reason("ab,bc->ac", [5, 6], [4]).contains("has 2 extents, expected 1"))
        #expect(reason("abc,cd->abd", [7, 5], [3, 4]).contains("extent 7 where the input has 3"))
        #expect(reason("ab,bc->ac", [5], [4], bias: "b").contains("bias_axes is \"b\""))
        #expect(reason("ab,bc->ac", [5], [4], bias: "").contains("bias_axes is empty"))
    }

    @Test
    func `masking finds places of one value`() throws {
        let input = TestTensor([1, 3, 2], [0, 0, 0, 1, 2, 3])
        let run = try LayerRun(Masking(), [input])
        #expect(run.masks == [[0, 1, 1]])
        #expect(run.output == input.values)
        #expect(run.disagreement < 1e-6)
        let other = try LayerRun(Masking(maskValue: 2), [TestTensor([1, 3, 2], [2, 2, 0, 2, 2, 3])])
        #expect(other.masks == [[0, 1, 1]])
        #expect(other.output == [0, 0, 0, 2, 2, 3])
        let never = try LayerRun(Masking(maskValue: .nan), [input])
        #expect(never.masks == [[1, 1, 1]])
        let whole = try LayerRun(Masking(), [TestTensor([1, 2, 1], [0, 5], type: .int32)])
        #expect(whole.masks == [[0, 1]])
        #expect(refusal(Masking(), [])?.contains("has no axes") == true)
    }

    @Test
    func `identity passes everything on`() throws {
        let inputs = [TestTensor(counting: [1, 2]), TestTensor(counting: [1, 3], type: .int32)]
        let run = try LayerRun(Identity(), inputs, masks: [nil, TestTensor([1], [1])])
        #expect(run.outputs == inputs.map(\.values))
        #expect(run.masks == [nil, [1]])
    }

    @Test
    func `masks pass layers that keep the places`() throws {
        let mask = TestTensor([1, 2], [1, 0])
        for layer in [Dense(3), Dropout(0.5), ReLU(), Activation(.tanh), Rescaling(2)] as [Layer] {
            #expect(try LayerRun(layer, [TestTensor([1, 2, 3])], masks: [mask]).masks == [[1, 0]])
        }
        let ended = try LayerRun(
            EinsumDense("abc,cd->abd", outputShape: [nil, 2]), [TestTensor([1, 2, 3])], masks: [mask])
        #expect(ended.masks == [nil])
    }
}
