import Engine
import Memory
import NeuralNetwork
import TestSupport
import Testing

/// Every gradient against central differences of the forward pass, element by element.
@Suite struct FiniteDifferenceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let inputShape: Shape
        let make: @Sendable () -> any Layer
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "dense", inputShape: [3, 5]) { Dense(4) },
        Case(name: "dense sigmoid", inputShape: [3, 5]) { Dense(4, activation: .sigmoid) },
        Case(name: "dense tanh without bias", inputShape: [2, 3]) { Dense(3, activation: .tanh, useBias: false) },
        Case(name: "dense softmax", inputShape: [3, 4]) { Dense(5, activation: .softmax) },
        Case(name: "dense relu, one row", inputShape: [1, 7]) { Dense(3, activation: .relu) },
        Case(name: "dense of rank 3", inputShape: [2, 3, 4]) { Dense(2, activation: .tanh) },
        Case(name: "convolution", inputShape: [2, 5, 4, 2]) { Conv2D(3, kernel: 3) },
        Case(name: "convolution same, stride 2", inputShape: [1, 5, 4, 3]) {
            Conv2D(2, kernelSize: [3, 2], strides: [2, 2], padding: .same)
        },
        Case(name: "convolution dilated", inputShape: [1, 6, 6, 1]) {
            Conv2D(2, kernelSize: [2, 2], dilationRate: [2, 2], activation: .tanh)
        },
        Case(name: "convolution of 17 channels", inputShape: [1, 3, 3, 17]) {
            Conv2D(18, kernel: 2, activation: .sigmoid)
        },
        Case(name: "pooling", inputShape: [2, 4, 5, 3]) { MaxPooling2D() },
        Case(name: "pooling same", inputShape: [1, 5, 5, 2]) {
            MaxPooling2D(poolSize: [3, 3], strides: [2, 2], padding: .same)
        },
        Case(name: "rectifier", inputShape: [4, 9]) { ReLU(maxValue: 0.6, negativeSlope: 0.1, threshold: 0.05) },
        Case(name: "leaky", inputShape: [4, 9]) { ReLU(negativeSlope: 0.2) },
        Case(name: "softmax", inputShape: [2, 3, 4]) { Softmax() },
        Case(name: "rescaling", inputShape: [2, 3]) { Rescaling(0.3, offset: 1) },
        Case(name: "flatten", inputShape: [2, 3, 2, 2]) { Flatten() },
        Case(name: "reshape", inputShape: [2, 6]) { Reshape([3, -1]) },
    ]

    @Test(arguments: cases)
    func `gradients are slopes`(_ test: Case) throws {
        let harness = try LayerHarness(test.make(), inputShape: test.inputShape)
        let input = det(test.inputShape, 0.37, 1)
        let weights = harness.parameterShapes.enumerated().map { det($1, Double($0) + 1.7, 0.4) }
        let exact = try harness.run(input, weights)
        let step: Float = 1e-3
        func slope(_ change: (Float) throws -> Double) rethrows -> Float {
            Float((try change(step) - change(-step)) / Double(2 * step))
        }
        for index in input.indices {
            let found = try slope { offset in
                var moved = input
                moved[index] += offset
                return try harness.run(moved, weights).loss
            }
            #expect(abs(found - exact.inputGradient[index]) < 5e-3, "input element \(index)")
        }
        for (number, values) in weights.enumerated() {
            // A prime stride reaches every part of a large weight.
            for index in stride(from: 0, to: values.count, by: values.count > 100 ? 13 : 1) {
                let found = try slope { offset in
                    var moved = weights
                    moved[number][index] += offset
                    return try harness.run(input, moved).loss
                }
                #expect(abs(found - exact.weightGradients[number][index]) < 5e-3, "weight \(number), element \(index)")
            }
        }
    }
}
