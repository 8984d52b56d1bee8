import Memory
import NeuralNetwork
import Testing

/// Layers that move elements: whatever they do with 1, 2, 3, … can be read off.
@Suite struct ReshapingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let input: Shape
        let output: Shape
        let expected: [Float]
        let make: @Sendable () -> Layer
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "permute", input: [1, 2, 3], output: [1, 3, 2], expected: [1, 4, 2, 5, 3, 6]) { Permute([2, 1]) },
        Case(name: "permute of one axis", input: [2, 2], output: [2, 2], expected: [1, 2, 3, 4]) { Permute([1]) },
        Case(name: "repeat", input: [2, 2], output: [2, 3, 2], expected: [1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4]) {
            RepeatVector(3)
        },
        Case(name: "flatten", input: [2, 1, 2], output: [2, 2], expected: [1, 2, 3, 4]) { Flatten() },
        Case(name: "flatten of numbers", input: [2], output: [2, 1], expected: [1, 2]) { Flatten() },
        Case(name: "reshape", input: [1, 2, 2], output: [1, 4, 1], expected: [1, 2, 3, 4]) { Reshape([-1, 1]) },
        Case(name: "pad 1D", input: [1, 2, 1], output: [1, 5, 1], expected: [0, 0, 1, 2, 0]) {
            ZeroPadding1D(Margin(2, 1))
        },
        Case(
            name: "pad 2D", input: [1, 1, 2, 1], output: [1, 2, 4, 1], expected: [0, 0, 0, 0, 0, 1, 2, 0]
        ) { ZeroPadding2D([Margin(1, 0), Margin(1, 1)]) },
        Case(
            name: "pad 3D", input: [1, 1, 1, 1, 1], output: [1, 1, 2, 2, 1], expected: [0, 0, 1, 0]
        ) { ZeroPadding3D([Margin(0), Margin(1, 0), Margin(0, 1)]) },
        Case(name: "crop 1D", input: [1, 4, 1], output: [1, 2, 1], expected: [2, 3]) { Cropping1D() },
        Case(name: "crop 2D", input: [1, 2, 3, 1], output: [1, 1, 2, 1], expected: [4, 5]) {
            Cropping2D([Margin(1, 0), Margin(0, 1)])
        },
        Case(name: "crop 3D", input: [1, 2, 2, 2, 1], output: [1, 1, 1, 1, 1], expected: [6]) {
            Cropping3D([Margin(1, 0), Margin(0, 1), Margin(1, 0)])
        },
        Case(name: "up 1D", input: [1, 2, 2], output: [1, 4, 2], expected: [1, 2, 1, 2, 3, 4, 3, 4]) { UpSampling1D() },
        Case(
            name: "up 3D", input: [1, 1, 2, 1, 2], output: [1, 1, 4, 2, 2],
            expected: [1, 2, 1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4, 3, 4]
        ) { UpSampling3D([1, 2, 2]) },
        Case(name: "center crop", input: [1, 2, 5, 1], output: [1, 1, 2, 1], expected: [2, 3]) { CenterCrop(1, 2) },
    ]

    @Test(arguments: cases)
    func `elements go where they should`(_ test: Case) throws {
        let run = try LayerRun(test.make(), [TestTensor(counting: test.input)])
        #expect(run.shape == test.output)
        #expect(run.output == test.expected)
        #expect(run.disagreement < 1e-6)
        #expect(run.masks == [nil])
    }

    @Test(arguments: cases.filter { !$0.name.hasPrefix("center") })
    func `whole numbers stay whole numbers`(_ test: Case) throws {
        let layer = test.make()
        let run = try LayerRun(layer, [TestTensor(counting: test.input, type: .int32)])
        #expect(layer.outputTypes(of: [.int32]) == [.int32])
        #expect(run.output == test.expected)
    }

    @Test
    func `masks end`() throws {
        let mask = TestTensor([1, 2], [1, 0])
        for layer in [Permute([2, 1]), Flatten(), UpSampling1D()] as [Layer] {
            #expect(try LayerRun(layer, [TestTensor(counting: [1, 2, 3])], masks: [mask]).masks == [nil])
        }
    }

    @Test
    func `what does not fit is refused`() throws {
        #expect(refusal(Permute([0, 1]), [2, 3])?.contains("expected each of 1…2 once") == true)
        #expect(refusal(Permute([2, 1]), [2])?.contains("expected 2 axes") == true)
        #expect(refusal(RepeatVector(0), [2])?.contains("n is 0") == true)
        #expect(refusal(RepeatVector(2), [2, 3])?.contains("expected (features)") == true)
        #expect(refusal(ZeroPadding1D(Margin(-1)), [2, 3])?.contains("padding is (-1, -1)") == true)
        #expect(refusal(ZeroPadding2D([Margin(1)]), [2, 3, 1])?.contains("each of 2 axes") == true)
        #expect(refusal(ZeroPadding2D(), [2, 3])?.contains("expected (height, width, channels)") == true)
        #expect(refusal(Cropping1D(Margin(1)), [2, 3])?.contains("leaves nothing") == true)
        #expect(refusal(UpSampling3D([1, 0, 1]), [2, 3, 1, 1])?.contains("positive numbers") == true)
        #expect(refusal(Reshape([-1, 0]), [4])?.contains("one may be -1") == true)
        #expect(refusal(Reshape([3, -1]), [4])?.contains("cannot reshape") == true)
    }
}
