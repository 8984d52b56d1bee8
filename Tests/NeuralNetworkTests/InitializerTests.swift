import Memory
import NeuralNetwork
import TestSupport
import Testing

@Suite struct InitializerTests {
    private func draw(_ initializer: Initializer, _ shape: Shape = [200, 100], seed: UInt64 = 7) throws -> [Float] {
        try initializer.values(for: shape, seed: seed, stream: 3)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let initializer: Initializer
        let mean: Double
        let deviation: Double
        /// Nothing lies further from the mean; infinite for a normal distribution.
        let reach: Double
        var testDescription: String { "\(initializer.kind) \(initializer.arguments)" }
    }

    /// For a kernel of 200 by 100: fans 200 and 100.
    static let cases: [Case] = [
        uniform(.glorotUniform, 6.0 / 300), uniform(.heUniform, 6.0 / 200), uniform(.lecunUniform, 3.0 / 200),
        cut(.glorotNormal, 2.0 / 300), cut(.heNormal, 2.0 / 200), cut(.lecunNormal, 1.0 / 200),
        uniform(.randomUniform(), 0.0025), uniform(.randomUniform(minimum: -0.2, maximum: 0.3), 0.0625, mean: 0.05),
        Case(initializer: .randomNormal(), mean: 0, deviation: 0.05, reach: .infinity),
        Case(
            initializer: .randomNormal(mean: 1, standardDeviation: 2), mean: 1, deviation: 2, reach: .infinity),
        Case(initializer: .truncatedNormal(), mean: 0, deviation: 0.05 * 0.879_626, reach: 0.1),
        Case(
            initializer: .truncatedNormal(mean: 1, standardDeviation: 2), mean: 1, deviation: 2 * 0.879_626, reach: 4),
        cut(.varianceScaling(), 1.0 / 200), uniform(.varianceScaling(mode: .fanOut, distribution: .uniform), 3.0 / 100),
        Case(
            initializer: .varianceScaling(scale: 2, mode: .fanAverage, distribution: .untruncatedNormal), mean: 0,
            deviation: (2.0 / 150).squareRoot(), reach: .infinity),
    ]

    private static func uniform(_ initializer: Initializer, _ squaredLimit: Double, mean: Double = 0) -> Case {
        let limit = squaredLimit.squareRoot()
        return Case(initializer: initializer, mean: mean, deviation: limit / 3.0.squareRoot(), reach: limit)
    }

    private static func cut(_ initializer: Initializer, _ variance: Double) -> Case {
        let deviation = variance.squareRoot()
        return Case(initializer: initializer, mean: 0, deviation: deviation, reach: 2 * deviation / 0.879_626)
    }

    @Test(arguments: cases)
    func `moments and limits are Keras's`(_ test: Case) throws {
        let values = try draw(test.initializer).map(Double.init)
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        // 20,000 values: five standard errors of the mean, and 3 % of the deviation.
        #expect(abs(mean - test.mean) < 0.036 * test.deviation)
        #expect(abs(variance.squareRoot() / test.deviation - 1) < 0.03)
        let reach = values.reduce(0) { max($0, abs($1 - test.mean)) }
        #expect(reach <= test.reach * (1 + 1e-5))
        // Uniform and cut values come close to their limits; normal ones lie beyond three deviations.
        #expect(test.reach.isFinite ? reach > 0.97 * test.reach : reach > 3 * test.deviation)
    }

    @Test
    func `normal values have the tails of the normal distribution`() throws {
        let values = try draw(.randomNormal(standardDeviation: 1))
        for (limit, share) in [(0.5, 0.617), (1.0, 0.3173), (2.0, 0.0455)] {
            let beyond = Double(values.count { abs($0) > Float(limit) }) / Double(values.count)
            #expect(abs(beyond - share) < 0.015)
        }
    }

    @Test(arguments: [[5, 5], [7, 3], [3, 7], [2, 3, 4], [1, 4], [4, 1]] as [Shape])
    func `orthogonal rows or columns`(_ shape: Shape) throws {
        let values = try draw(.orthogonal(gain: 1.5), shape).map(Double.init)
        let (rows, columns) = (shape.elementCount / shape.last, shape.last)
        let byRows = rows < columns
        let (count, length) = (min(rows, columns), max(rows, columns))
        func element(_ vector: Int, _ index: Int) -> Double {
            byRows ? values[vector * columns + index] : values[index * columns + vector]
        }
        for first in 0..<count {
            for second in 0...first {
                let product = (0..<length).reduce(0.0) { $0 + element(first, $1) * element(second, $1) }
                #expect(abs(product - (first == second ? 2.25 : 0)) < 1e-6)
            }
        }
    }

    @Test
    func `large orthogonal matrices stay orthogonal`() throws {
        let values = try draw(.orthogonal, [96, 96])
        let worst = (0..<96).reduce(Float(0)) { worst, row in
            max(worst, abs((0..<96).reduce(Float(0)) { $0 + values[$1] * values[row * 96 + $1] } - (row == 0 ? 1 : 0)))
        }
        #expect(worst < 1e-5)
    }

    @Test
    func `plain values`() throws {
        #expect(try draw(.zeros, [2]) == [0, 0])
        #expect(try draw(.ones, [2]) == [1, 1])
        #expect(try draw(.constant(0.25), [2]) == [0.25, 0.25])
        #expect(try draw(.identity(gain: 2), [2, 3]) == [2, 0, 0, 0, 2, 0])
    }

    @Test
    func `seeds choose the values`() throws {
        #expect(try draw(.randomNormal(), seed: 1) == draw(.randomNormal(), seed: 1))
        #expect(try draw(.randomNormal(), seed: 1) != draw(.randomNormal(), seed: 2))
        // An initializer's own seed counts alone.
        #expect(try draw(.randomNormal(seed: 5), seed: 1) == draw(.randomNormal(seed: 5), seed: 2))
        #expect(try draw(.orthogonal(gain: 1, seed: 5), [3, 3]) != draw(.orthogonal(gain: 1, seed: 6), [3, 3]))
    }

    @Test
    func `fans of a convolution count its window`() throws {
        let limit = Float((6.0 / (9 * (4 + 8))).squareRoot())
        let values = try draw(.glorotUniform, [3, 3, 4, 8])
        #expect(values.allSatisfy { abs($0) <= limit })
        #expect(values.contains { abs($0) > 0.95 * limit })
    }

    @Test
    func `fans of an einsum are the axes that it sums over`() throws {
        let layer = EinsumDense("abc,cde->abde", outputShape: [nil, 20, 30], kernelInitializer: .heUniform)
        let specification = layer.parameters(for: [3, 10] as Shape)[0]
        let values = try specification.initializer.values(for: specification.shape, seed: 1, stream: 0)
        let limit = Float((6.0 / 10).squareRoot())
        #expect(values.allSatisfy { abs($0) <= limit })
        #expect(values.contains { abs($0) > 0.95 * limit })
    }

    @Test
    func `what cannot be drawn is an error`() {
        func reason(_ initializer: Initializer, _ shape: Shape) -> String {
            do {
                _ = try initializer.values(for: shape, seed: 0, stream: 0)
                return ""
            } catch {
                return error.description
            }
        }
        #expect(reason(Initializer(kind: "STFT"), [2]).contains("it is unknown"))
        #expect(reason(.identity(), [2, 3, 4]).contains("expected a matrix"))
        #expect(reason(.orthogonal, [2]).contains("at least two axes"))
        #expect(reason(.varianceScaling(scale: 0), [2]).contains("scale is 0.0"))
        #expect(reason(.randomUniform(minimum: 1, maximum: 0), [2]).contains("expected a range"))
        let unknown = Initializer(kind: "VarianceScaling", arguments: ["mode": .text("fan")])
        #expect(reason(unknown, [2]).contains("mode is \"fan\""))
        let other = Initializer(kind: "VarianceScaling", arguments: ["distribution": .text("beta")])
        #expect(reason(other, [2]).contains("distribution is \"beta\""))
    }
}
