import Memory
import NeuralNetwork
import Testing

@Suite struct PreprocessingTests {
    @Test
    func `rescaling by numbers and by arrays`() throws {
        let input = TestTensor(counting: [2, 1, 2])
        #expect(try LayerRun(Rescaling(2, offset: -1), [input]).output == [1, 3, 5, 7])
        let each = try LayerRun(Rescaling([2, 10], offset: [0.5, -1]), [input])
        #expect(each.output == [2.5, 19, 6.5, 39])
        #expect(each.disagreement < 1e-6)
        let whole = try LayerRun(Rescaling(0.5), [TestTensor([1, 2], [3, 4], type: .int32)])
        #expect(whole.output == [1.5, 2])
        #expect(refusal(Rescaling([1, 2, 3]), [2])?.contains("(3,) cannot be repeated") == true)
        #expect(refusal(Rescaling([1, 2, 3]), [1])?.contains("(3,) cannot be repeated") == true)
    }

    @Test
    func `categories as vectors`() throws {
        let input = TestTensor([2, 3], [0, 2, 2, 1, 9, -1], type: .int32)
        let many = try LayerRun(CategoryEncoding(numTokens: 3), [input])
        #expect(many.shape == [2, 3])
        #expect(many.output == [1, 0, 1, 0, 1, 0])
        let count = CategoryEncoding(numTokens: 3, outputMode: .count)
        #expect(try LayerRun(count, [input]).output == [1, 0, 2, 0, 1, 0])
        let weights = TestTensor([2, 3], [0.5, 1, 2, 4, 8, 16])
        #expect(try LayerRun(count, [input], keywords: ["count_weights": weights]).output == [0.5, 0, 3, 0, 4, 0])
        let hot = try LayerRun(CategoryEncoding(numTokens: 3, outputMode: .oneHot), [input])
        #expect(hot.shape == [2, 3, 3])
        #expect(hot.output == [1, 0, 0, 0, 0, 1, 0, 0, 1] + [0, 1, 0] + [Float](repeating: 0, count: 6))
        #expect(hot.disagreement < 1e-6)
    }

    @Test
    func `one category a row needs no axis`() throws {
        let layer = CategoryEncoding(numTokens: 2, outputMode: .oneHot)
        for shape in [[2], [2, 1]] as [Shape] {
            let run = try LayerRun(layer, [TestTensor(shape, [1, 0], type: .int32)])
            #expect(run.shape == [2, 2])
            #expect(run.output == [0, 1, 1, 0])
        }
        #expect(refusal(CategoryEncoding(numTokens: 2), [])?.contains("has no axes") == true)
        #expect(refusal(CategoryEncoding(numTokens: 0), [2])?.contains("num_tokens is 0") == true)
    }

    @Test
    func `values are put into bins`() throws {
        let input = TestTensor([1, 5], [-3, -0.5, 0.2, 0.5, .nan])
        let layer = Discretization(binBoundaries: [-0.5, 0.5])
        #expect(try LayerRun(layer, [input]).output == [0, 1, 1, 2, 2])
        #expect(layer.outputTypes(of: [.float32]) == [.int32])
        let counts = try LayerRun(Discretization(binBoundaries: [-0.5, 0.5], outputMode: .count), [input])
        #expect(counts.output == [1, 2, 2])
        let hot = try LayerRun(Discretization(binBoundaries: [0], outputMode: .oneHot), [TestTensor([2, 1], [-1, 1])])
        #expect(hot.output == [1, 0, 0, 1])
        #expect(try LayerRun(Discretization(binBoundaries: []), [TestTensor([1, 2], [1, 2])]).output == [0, 0])
        #expect(refusal(Discretization(binBoundaries: [1, 0]), [2])?.contains("ascending") == true)
        #expect(refusal(Discretization(binBoundaries: [1], outputMode: .count), [])?.contains("no axes") == true)
    }
}
