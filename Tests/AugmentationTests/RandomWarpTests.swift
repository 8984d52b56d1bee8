import Augmentation
import CKernels
import Glibc
import Memory
import Testing

/// Perspective, displacements and mixed chains: their distributions, and displacements of one's choice as in Keras.
@Suite struct RandomWarpTests {
    private func drawn(_ operation: AugmentationSpec.Operation, _ shape: Shape, _ sample: Int) throws
        -> DrawnAugmentation
    {
        try Augmenter([operation], rowShape: shape, type: .float32, valueRange: 0...255, seed: 6).draw(
            epoch: 0, sample: sample)
    }

    @Test func `corners but the first move by parts of their coordinates, with the chance that was drawn`() throws {
        var moves: [[Double]] = [[], [], [], []]
        for sample in 0..<4000 {
            let steps = try drawn(.perspective(chance: 0.5...1, scale: 0.4), [21, 41, 3], sample).steps
            guard case .warp(let warp)? = steps.first, case .perspective(let map) = warp.kind else { continue }
            let m = map.coefficients
            // The inverse of the map, up to a factor, says where the corners of the source lie in the result.
            func result(_ x: Double, _ y: Double) -> (Double, Double) {
                let (a, b, c, d, e, f, g, h) = (m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7])
                let depth = (d * h - e * g) * x + (b * g - a * h) * y + (a * e - b * d)
                return (
                    ((e - f * h) * x + (c * h - b) * y + (b * f - c * e)) / depth,
                    ((f * g - d) * x + (a - c * g) * y + (c * d - a * f)) / depth
                )
            }
            let (topLeft, topRight, bottomRight) = (result(0, 0), result(40, 0), result(40, 20))
            #expect(abs(topLeft.0) < 1e-6 && abs(topLeft.1) < 1e-6 && abs(topRight.1) < 1e-6)
            moves[0].append(topRight.0 / 40 - 1)
            moves[1].append(bottomRight.0 / 40 - 1)
            moves[2].append(bottomRight.1 / 20 - 1)
            moves[3].append(result(0, 20).1 / 20 - 1)
        }
        // Three quarters of the images, give or take six deviations.
        #expect((2836...3164).contains(moves[0].count))
        for values in moves {
            let count = Double(values.count)
            #expect(values.allSatisfy { abs($0) < 0.2 + 1e-6 })
            #expect(abs(values.reduce(0, +) / count) < 6 * 0.4 / (12 * count).squareRoot())
            #expect(abs(values.reduce(0) { $0 + $1 * $1 } / count * 12 / 0.16 - 1) < 0.1)
        }
    }

    @Test func `images of one row or column stay`() throws {
        for shape: Shape in [[1, 9, 1], [9, 1, 1], [1, 1, 1]] {
            #expect(try drawn(.perspective(1), shape, 0).steps.isEmpty)
        }
    }

    @Test func `displacements have the deviation that Keras's have, and are none of each other's`() throws {
        let (height, width, alpha, sigma) = (64, 80, Float(1.5), Float(1.2))
        // Channels that are their own coordinates tell where pixels came from.
        let image = (0..<height * width).flatMap { [Float($0 % width), Float($0 / width)] }
        let augmenter = try Augmenter([.elastic(1)], rowShape: [height, width, 2], type: .float32, seed: 0)
        var (squares, products, sum, count) = ([0.0, 0.0], 0.0, 0.0, 0.0)
        for key in 0..<8 {
            var output = [Float](repeating: .nan, count: image.count)
            let warp = DrawnAugmentation.Warp(.elastic(alpha: alpha, sigma: sigma, key: UInt64(key) << 40 | 77))
            image.withUnsafeBytes { input in
                output.withUnsafeMutableBytes {
                    augmenter.apply(
                        DrawnAugmentation(steps: [.warp(warp)]), to: input, into: $0, scratch: GrowableBytes())
                }
            }
            for y in 12..<height - 12 {
                for x in 12..<width - 12 {
                    let right = Double(output[2 * (y * width + x)]) - Double(x)
                    let down = Double(output[2 * (y * width + x) + 1]) - Double(y)
                    squares[0] += right * right
                    squares[1] += down * down
                    (products, sum, count) = (products + right * down, sum + right + down, count + 1)
                }
            }
        }
        // Normal numbers of deviation sigma, blurred along both axes by 7 weights.
        let weights = (-3...3).map { exp(-0.5 * pow(Double($0) / Double(sigma), 2)) }
        let total = weights.reduce(0, +)
        let expected = Double(alpha * sigma) * weights.reduce(0) { $0 + pow($1 / total, 2) }
        for square in squares { #expect(abs((square / count).squareRoot() / expected - 1) < 0.06) }
        #expect(abs(products / count) < 0.1 * expected * expected && abs(sum / count) < 0.1 * expected)
    }

    @Test(arguments: AugmenterGoldenTests.all.filter { $0.name.hasPrefix("displaced") })
    func `displacements of one's choice give Keras's image`(golden: AugmenterGoldenTests.Golden) throws {
        let (height, width, sigma) = (7, 6, golden.parameters[1])
        let weights = (-2...2).map { Float(exp(-0.5 * pow(Double($0) / sigma, 2))) }
        let normalized = weights.map { $0 / weights.reduce(0, +) }
        func field(_ phase: Double) -> [Float] {
            var values = (0..<height * width).map { Float(sin(0.7 * Double($0) + phase)) }
            var (between, line) = (values, [Float](repeating: 0, count: width + 4))
            millrace_window_sums(
                values, height, width, 1, normalized, 5, normalized, 5, Int32(MILLRACE_FILL_CONSTANT.rawValue),
                &between,
                &line, &values)
            return values
        }
        let (right, down) = (field(0.3), field(0.9))
        let modes: [AugmentationSpec.FillMode: UInt32] = [
            .constant: MILLRACE_FILL_CONSTANT.rawValue, .nearest: MILLRACE_FILL_NEAREST.rawValue,
            .reflect: MILLRACE_FILL_REFLECT.rawValue, .wrap: MILLRACE_FILL_WRAP.rawValue,
        ]
        let fill = Int32(try #require(golden.fill.flatMap { modes[$0] }))
        let source = (0..<height * width * 3).map { 127.5 + Float(127.5 * sin(0.7 * Double($0) + 0.4)) }
        var output = [Float](repeating: .nan, count: source.count)
        source.withUnsafeBytes { bytes in
            var image = millrace_image(
                values: bytes.baseAddress, is_float: 1, height: height, width: width, channels: 3)
            var how = millrace_sampling(
                is_nearest: golden.name.hasSuffix("nearest") ? 1 : 0, fill: fill, fill_value: 7, rounds: 0)
            millrace_sample_displaced(&image, right, down, Float(golden.parameters[0]), &how, &output)
        }
        let largest = zip(output, golden.out).map { abs($0 - $1) }.max() ?? .infinity
        #expect(largest < 2e-3)
    }

    @Test func `chains are as long as Keras's, and weights are shares of one`() throws {
        var (lengths, shares, weights, count) = (0, 0.0, 0.0, 0)
        for sample in 0..<2000 {
            let steps = try drawn(
                .augMix(chains: 3, depth: 4, factor: 0.1...0.3, alpha: 1, isWhole: false), [9, 9, 3], sample
            )
            .steps
            guard case .blend(let blend)? = steps.first, steps.count == 1 else { continue }
            #expect(blend.chains.count == 3 && abs(blend.weights.reduce(0, +) - 1) < 1e-5)
            #expect(blend.weights.allSatisfy { (0...1).contains($0) } && (0...1).contains(blend.share))
            lengths += blend.chains.reduce(0) { $0 + $1.count }
            shares += Double(blend.share)
            weights += pow(Double(blend.weights[0]) - 1.0 / 3, 2)
            count += 1
        }
        #expect(count == 2000)
        // Of eight choices one is none.
        #expect(abs(Double(lengths) / 24_000 - 7.0 / 8) < 0.013)
        #expect(abs(shares / 2000 - 0.5) < 0.039)
        // The variance of a share of Dirichlet(1, 1, 1).
        #expect(abs(weights / 2000 * 18 - 1) < 0.15)
    }

    @Test func `a mean of chains without changes is the image`() throws {
        let image = (0..<5 * 6 * 3).map { UInt8(truncatingIfNeeded: $0 * 37) }
        let spec: AugmentationSpec = [.augMix(chains: 4, depth: 0, factor: 0...1, alpha: 0.3, isWhole: true)]
        let augmenter = try Augmenter(spec, rowShape: [5, 6, 3], type: .uint8, seed: 1)
        for sample in 0..<5 {
            var output = [UInt8](repeating: 0, count: image.count)
            image.withUnsafeBytes { input in
                output.withUnsafeMutableBytes {
                    augmenter.apply(input, epoch: 0, sample: sample, into: $0, scratch: GrowableBytes())
                }
            }
            #expect(output == image)
        }
    }
}
