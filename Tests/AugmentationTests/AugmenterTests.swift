import Augmentation
import Memory
import Testing

@Suite struct AugmenterTests {
    private let shape: Shape = [11, 9, 3]

    private func image(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 * $0 / 7 + $0 % 13) } }

    private func applied(
        _ words: [String], _ row: [UInt8], shape: Shape, seed: UInt64 = 3, epoch: Int = 0, sample: Int = 0
    ) throws -> [UInt8] {
        let augmenter = try Augmenter(AugmentationSpec(parsing: words), rowShape: shape, type: .uint8, seed: seed)
        var output = [UInt8](repeating: 0, count: augmenter.outputBytes)
        row.withUnsafeBytes { input in
            output.withUnsafeMutableBytes {
                augmenter.apply(input, epoch: epoch, sample: sample, into: $0, scratch: GrowableBytes())
            }
        }
        return output
    }

    @Test func `the same seed, epoch and sample give the same bytes, others do not`() throws {
        let words = [
            "flip=both", "shift=0.1", "rotate=15", "zoom=0.1", "crop=8x8", "contrast=0.2", "brightness=0.1",
            "noise=0.01",
            "erase=1",
        ]
        let row = image(shape.elementCount)
        func bytes(_ seed: UInt64, _ epoch: Int, _ sample: Int) throws -> [UInt8] {
            try applied(words, row, shape: shape, seed: seed, epoch: epoch, sample: sample)
        }
        let first = try bytes(1, 2, 3)
        #expect(first.count == 8 * 8 * 3)
        #expect(try bytes(1, 2, 3) == first)
        for (seed, epoch, sample) in [(2, 2, 3), (1, 3, 3), (1, 2, 4)] {
            #expect(try bytes(UInt64(seed), epoch, sample) != first)
        }
    }

    @Test func `mirroring and cropping keep values exactly`() throws {
        let row = image(shape.elementCount)
        var seen: Set<[UInt8]> = []
        for sample in 0..<40 { seen.insert(try applied(["flip=horizontal"], row, shape: shape, sample: sample)) }
        #expect(seen == [row, window(of: row, top: 0, left: 0, height: 11, width: 9, across: true)])
        for sample in 0..<20 {
            let found = try applied(["flip=vertical", "crop=5x4"], row, shape: shape, sample: sample)
            var expected: Set<[UInt8]> = []
            for top in 0...6 {
                for left in 0...5 {
                    expected.insert(window(of: row, top: top, left: left, height: 5, width: 4))
                    expected.insert(window(of: row, top: top, left: left, height: 5, width: 4, upsideDown: true))
                }
            }
            #expect(expected.contains(found))
        }
    }

    /// A part of an image, mirrored or not.
    private func window(
        of row: [UInt8], top: Int, left: Int, height: Int, width: Int, across: Bool = false, upsideDown: Bool = false
    ) -> [UInt8] {
        var pixels: [UInt8] = []
        for y in 0..<height {
            let fromY = upsideDown ? top + height - 1 - y : top + y
            for x in 0..<width {
                let fromX = across ? left + width - 1 - x : left + x
                let place = (fromY * shape[1] + fromX) * shape[2]
                pixels += row[place..<place + shape[2]]
            }
        }
        return pixels
    }

    @Test func `several geometric changes sample once`() throws {
        // A turn by 30 degrees and one back is no change at all when both are one map.
        let turn = AffineMap.rotation(degrees: 30, height: 11, width: 9)
        let map = turn.then(.rotation(degrees: -30, height: 11, width: 9))
        let augmenter = try Augmenter(AugmentationSpec([]), rowShape: shape, type: .uint8, seed: 0)
        let row = image(shape.elementCount)
        var output = [UInt8](repeating: 0, count: row.count)
        row.withUnsafeBytes { input in
            output.withUnsafeMutableBytes {
                augmenter.apply(DrawnAugmentation(map: map), to: input, into: $0, scratch: GrowableBytes())
            }
        }
        #expect(output == row)
    }

    @Test func `draws lie in their ranges and use all of them`() throws {
        let spec = try AugmentationSpec(parsing: ["shift=0.2,contrast=0.3,brightness=0.1"])
        let augmenter = try Augmenter(spec, rowShape: shape, type: .uint8, seed: 9)
        var down: [Double] = []
        var factors: [Float] = []
        var deltas: [Float] = []
        for sample in 0..<2000 {
            let drawn = augmenter.draw(epoch: 0, sample: sample)
            down.append(-drawn.map.y0)
            for case .contrast(let factor) in drawn.values { factors.append(factor) }
            for case .brightness(let delta) in drawn.values { deltas.append(delta) }
        }
        func covers<T: BinaryFloatingPoint>(_ values: [T], _ bounds: ClosedRange<T>) -> Bool {
            guard let low = values.min(), let high = values.max() else { return false }
            let margin = (bounds.upperBound - bounds.lowerBound) / 100
            return bounds.contains(low) && bounds.contains(high) && low < bounds.lowerBound + margin
                && high > bounds.upperBound - margin
        }
        #expect(covers(down, -2.2...2.2))
        #expect(covers(factors, 0.7...1.3))
        #expect(covers(deltas, -25.5...25.5))
    }

    @Test func `noise is normal`() throws {
        let spec = AugmentationSpec([.noise(0.5)])
        let augmenter = try Augmenter(spec, rowShape: [200_000], type: .float32, seed: 4)
        let zeros = [Float](repeating: 0, count: 200_000)
        var output = zeros
        zeros.withUnsafeBytes { input in
            output.withUnsafeMutableBytes {
                augmenter.apply(input, epoch: 0, sample: 0, into: $0, scratch: GrowableBytes())
            }
        }
        let values = output.map { Double($0) / 0.5 }
        func moment(_ power: Int) -> Double {
            values.reduce(0) { sum, value in sum + (0..<power).reduce(1.0) { product, _ in product * value } } / 200_000
        }
        // Deviations of the moments of 200,000 normal numbers: 0.0022, 0.0032, 0.0087, 0.022; six of each are allowed.
        #expect(abs(moment(1)) < 0.013)
        #expect(abs(moment(2) - 1) < 0.019)
        #expect(abs(moment(3)) < 0.052)
        #expect(abs(moment(4) - 3) < 0.13)
        // 0.27 % lie outside of three deviations: 540, give or take 140.
        let far = values.filter { abs($0) > 3 }.count
        #expect((400...680).contains(far))
        #expect(values.contains { abs($0) > 4 })
    }

    @Test func `erasing changes one rectangle of a part of the samples`() throws {
        let row = [UInt8](repeating: 100, count: 40 * 30)
        var erased = 0
        for sample in 0..<200 {
            let output = try applied(["erase=1"], row, shape: [40, 30], sample: sample)
            let changed = output.indices.filter { output[$0] != 100 }
            guard let first = changed.first, let last = changed.last else { continue }
            erased += 1
            let columns = changed.map { $0 % 30 }
            let height = last / 30 - first / 30 + 1
            let width = (columns.max() ?? 0) - (columns.min() ?? 0) + 1
            #expect((4...24).contains(height) && (3...18).contains(width))
            // Noise may hit 100 by chance, but rarely.
            #expect(changed.count > height * width * 9 / 10)
        }
        // A chance that is itself uniform: one half on average.
        #expect((65...135).contains(erased))
    }

    @Test func `rows of numbers take noise and nothing else`() throws {
        _ = try Augmenter(AugmentationSpec([.noise(0.1)]), rowShape: [4], type: .float32, seed: 0)
        let error = #expect(throws: AugmentationError.self) {
            try Augmenter(AugmentationSpec([.noise(0.1), .rotate(5)]), rowShape: [4], type: .float32, seed: 0)
        }
        #expect(
            error?.description
                == "rotate needs images (height, width, channels) or (height, width), found rows of shape "
                + "(4,); only noise applies to such rows")
    }

    @Test func `what cannot be applied is refused by name`() {
        func refusal(_ words: [String], _ shape: Shape = [8, 8, 1], _ type: ScalarType = .uint8) -> String? {
            let error = #expect(throws: AugmentationError.self) {
                try Augmenter(AugmentationSpec(parsing: words), rowShape: shape, type: type, seed: 0)
            }
            return error?.description
        }
        #expect(refusal(["crop=9x8"]) == "crop=9x8 is larger than the images of 8 x 8")
        #expect(
            refusal(["flip=both"], [8, 8, 1], .int64)
                == "augmentation takes uint8 or float32, found int64; convert the column first")
        #expect(
            refusal(["mixup=0.2"])
                == "mixup mixes two samples of a training batch: it applies while training, not to rows by themselves")
    }
}
