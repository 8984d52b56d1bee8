import Augmentation
import Memory
import Testing

@Suite struct AugmenterTests {
    private let shape: Shape = [11, 9, 3]

    private func image(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 * $0 / 7 + $0 % 13) } }

    private func applied(
        _ words: [String], _ row: [UInt8], shape: Shape, seed: UInt64 = 3, epoch: Int = 0, sample: Int = 0
    ) throws -> [UInt8] {
        try applied(
            AugmentationSpec(parsing: words), row, shape: shape, seed: seed, epoch: epoch, sample: sample)
    }

    private func applied(
        _ spec: AugmentationSpec, _ row: [UInt8], shape: Shape, seed: UInt64 = 3, epoch: Int = 0, sample: Int = 0
    ) throws -> [UInt8] {
        let augmenter = try Augmenter(spec, rowShape: shape, type: .uint8, seed: seed)
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

    @Test func `geometric changes that follow each other sample once`() throws {
        let spec: AugmentationSpec = [.rotate(degrees: 30...30), .rotate(degrees: -30 ... -30), .flip(.vertical)]
        let row = image(shape.elementCount)
        let augmenter = try Augmenter(spec, rowShape: shape, type: .uint8, seed: 0)
        for sample in 0..<10 {
            // A turn and one back are no change at all when both are one map.
            let found = try applied(spec, row, shape: shape, sample: sample)
            #expect(
                found == row || found == window(of: row, top: 0, left: 0, height: 11, width: 9, upsideDown: true))
            #expect(augmenter.draw(epoch: 0, sample: sample).steps.count == 1)
        }
    }

    @Test func `changes are applied in the order in which they are written`() throws {
        func steps(_ words: String...) throws -> [Bool] {
            let spec = try AugmentationSpec(parsing: words)
            let augmenter = try Augmenter(spec, rowShape: shape, type: .uint8, seed: 0)
            return augmenter.draw(epoch: 0, sample: 1).steps.map { if case .sample = $0 { true } else { false } }
        }
        #expect(try steps("noise=0.1", "rotate=9", "brightness=0.1") == [false, true, false])
        #expect(try steps("rotate=9", "shift=0.1", "noise=0.1", "zoom=0.1") == [true, false, true])
        // Contrast around the mean of what is there, and a part cut out of that, are not the same the other way round.
        let row = image(shape.elementCount)
        let first = try applied([.contrast(factor: 0.5...0.5), .centerCrop(height: 3, width: 3)], row, shape: shape)
        let last = try applied([.centerCrop(height: 3, width: 3), .contrast(factor: 0.5...0.5)], row, shape: shape)
        #expect(first.count == 27 && last.count == 27 && first != last)
    }

    @Test func `a quarter turn is the transpose, from below`() throws {
        let square: Shape = [8, 8, 3]
        let row = image(square.elementCount)
        let turned = try applied([.rotate(degrees: 90...90)], row, shape: square)
        // Counter-clockwise, as Keras's positive angles turn: the last column becomes the first row.
        var expected: [UInt8] = []
        for y in 0..<8 {
            for x in 0..<8 {
                let first = (x * 8 + 7 - y) * 3
                expected += row[first..<first + 3]
            }
        }
        #expect(turned == expected)
        var back = row
        for _ in 0..<4 { back = try applied([.rotate(degrees: 90...90)], back, shape: square) }
        #expect(back == row)
    }

    @Test func `every kind of change keeps its promises on floats and bytes of any channels`() throws {
        let words = [
            "shift=0.3", "rotate=40", "zoom=0.4", "shear=0.3", "contrast=0.5", "brightness=0.4", "saturation=0.5",
            "hue=0.5", "grayscale=0.5", "noise=0.1", "erase=1", "blur=2", "scale=0.5", "dropout=0.3", "randaugment=3",
            "autocontrast", "equalize", "degenerate=0.8", "sharpness=0.9", "posterize=1:5", "solarize=0.7",
            "invert=0.5",
            "perspective=0.6", "elastic=0.8", "augmix=0.5",
        ]
        for channels in [1, 2, 3, 4, 5] {
            let shape: Shape = [13, 10, channels]
            let row = image(shape.elementCount)
            for word in words {
                let colors = ["saturation", "hue", "grayscale", "randaugment", "degenerate", "augmix"].contains {
                    word.hasPrefix($0)
                }
                if colors && ![1, 3].contains(channels) { continue }
                var floats = Set<[Float]>()
                for sample in 0..<12 {
                    let spec = try AugmentationSpec(parsing: [word, "range=0:255"])
                    let augmenter = try Augmenter(spec, rowShape: shape, type: .float32, seed: 5)
                    var output = [Float](repeating: .nan, count: row.count)
                    row.map { Float($0) }.withUnsafeBytes { input in
                        output.withUnsafeMutableBytes {
                            augmenter.apply(
                                input, epoch: 0, sample: sample, into: $0, scratch: GrowableBytes())
                        }
                    }
                    let bytes = try applied(spec, row, shape: shape, seed: 5, sample: sample)
                    // Bytes are the floats, rounded.
                    let rounded = output.map { UInt8(min(max($0, 0), 255).rounded(.toNearestOrEven)) }
                    #expect(output.allSatisfy { $0.isFinite }, "\(word), \(channels) channels")
                    #expect(bytes == rounded, "\(word), \(channels) channels")
                    floats.insert(output)
                }
                let isFixed =
                    ["autocontrast", "equalize"].contains(word)
                    || (colors && channels == 1 && !word.hasPrefix("augmix"))
                #expect(floats.count > (isFixed ? 0 : 1), "\(word), \(channels) channels")
            }
        }
    }

    @Test func `colours of a shifted range change as those of the plain one`() throws {
        let plain = image(shape.elementCount).map { Float($0) / 255 }
        func applied(_ values: [Float], _ range: ClosedRange<Float>, _ sample: Int) throws -> [Float] {
            let spec: AugmentationSpec = [.saturation(factor: 0.3...1.8)]
            let augmenter = try Augmenter(spec, rowShape: shape, type: .float32, valueRange: range, seed: 5)
            return changed(augmenter, values, sample: sample)
        }
        for sample in 0..<10 {
            let first = try applied(plain, 0...1, sample)
            let shifted = try applied(plain.map { 2 * $0 - 1 }, -1...1, sample)
            #expect(first != plain)
            for (one, other) in zip(first, shifted) { #expect(abs(one - (other + 1) / 2) < 2e-6) }
        }
    }

    @Test func `what is no number stays one, and its neighbours are as they were without it`() throws {
        for word in ["equalize", "autocontrast", "randaugment=3"] {
            var values = image(shape.elementCount).map { Float($0) / 255 }
            values[40] = .nan
            for sample in 0..<20 {
                let augmenter = try Augmenter(
                    AugmentationSpec(parsing: [word]), rowShape: shape, type: .float32, seed: 5)
                let found = changed(augmenter, values, sample: sample)
                #expect(found.count == values.count)
                if word == "equalize" {
                    #expect(found.indices.filter { found[$0].isNaN } == [40])
                    #expect(found.allSatisfy { $0.isNaN || (0...1).contains($0) })
                }
            }
        }
    }

    @Test func `an image may be placed in a larger one and blurred there`() throws {
        let spec: AugmentationSpec = [
            .place(top: 3, left: 5, height: 41, width: 37),
            .blur(chance: 1...1, sigma: 1...2, height: 9, width: 7),
        ]
        let augmenter = try Augmenter(spec, rowShape: shape, type: .float32, seed: 1)
        let values = image(shape.elementCount).map { Float($0) / 255 }
        for sample in 0..<5 {
            let found = changed(augmenter, values, sample: sample)
            #expect(found.count == 41 * 37 * 3 && found.allSatisfy { (0...1).contains($0) })
        }
    }

    private func changed(_ augmenter: Augmenter, _ values: [Float], sample: Int) -> [Float] {
        var output = [Float](repeating: .nan, count: augmenter.outputShape.elementCount)
        values.withUnsafeBytes { input in
            output.withUnsafeMutableBytes {
                augmenter.apply(input, epoch: 0, sample: sample, into: $0, scratch: GrowableBytes())
            }
        }
        return output
    }

    @Test func `draws are those of a uniform distribution over their range`() throws {
        let spec = try AugmentationSpec(parsing: ["shift=0.2,contrast=0.3,brightness=-0.1:0.3"])
        let augmenter = try Augmenter(spec, rowShape: shape, type: .uint8, seed: 9)
        var down: [Double] = []
        var factors: [Double] = []
        var deltas: [Double] = []
        for sample in 0..<4000 {
            for step in augmenter.draw(epoch: 0, sample: sample).steps {
                switch step {
                case .sample(let sampling): down.append(-sampling.map.y0)
                case .value(.contrast(let factor, _)): factors.append(Double(factor))
                case .value(.brightness(let delta, _)): deltas.append(Double(delta))
                default: continue
                }
            }
        }
        func expect(_ values: [Double], _ bounds: ClosedRange<Double>) {
            let (low, high) = (bounds.lowerBound, bounds.upperBound)
            let mean = values.reduce(0, +) / 4000
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000
            #expect(values.count == 4000)
            #expect(values.allSatisfy { $0 >= low - 1e-5 && $0 <= high + 1e-5 })
            // Six deviations of the mean, and of the variance, of 4,000 uniform numbers.
            #expect(abs(mean - (low + high) / 2) < 0.0274 * (high - low))
            #expect(abs(variance * 12 / (high - low) / (high - low) - 1) < 0.085)
        }
        expect(down, -2.2...2.2)
        expect(factors, 0.7...1.3)
        expect(deltas, -25.5...76.5)
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

    @Test func `series move along their steps, and rows of numbers take noise, scale and dropout`() throws {
        let steps = (0..<20).flatMap { [Float($0), Float(100 + $0)] }
        let spec = AugmentationSpec([.timeShift(0.25)], fill: .nearest)
        let augmenter = try Augmenter(spec, rowShape: [20, 2], type: .float32, seed: 1)
        var seen: Set<Int> = []
        for sample in 0..<60 {
            var output = steps
            steps.withUnsafeBytes { input in
                output.withUnsafeMutableBytes {
                    augmenter.apply(input, epoch: 0, sample: sample, into: $0, scratch: GrowableBytes())
                }
            }
            let moved = 10 - Int(output[20])
            seen.insert(moved)
            #expect(
                output
                    == (0..<20).flatMap { step in
                        let from = Float(min(max(step - moved, 0), 19))
                        return [from, 100 + from]
                    })
        }
        #expect(seen == Set(-5...5))
        let rows = try Augmenter([.dropout(0.3), .scale(0.5)], rowShape: [5000], type: .float32, seed: 2)
        let ones = [Float](repeating: 1, count: 5000)
        var output = ones
        ones.withUnsafeBytes { input in
            output.withUnsafeMutableBytes {
                rows.apply(input, epoch: 0, sample: 0, into: $0, scratch: GrowableBytes())
            }
        }
        let kept = output.filter { $0 != 0 }
        #expect(Set(kept).count == 1 && (0.5...1.5).contains(kept[0]))
        // 3,500 of 5,000, give or take six deviations of 32.
        #expect((3300...3700).contains(kept.count))
    }

    @Test func `rows that are no images are told what applies to them`() throws {
        let error = #expect(throws: AugmentationError.self) {
            try Augmenter([.noise(0.1), .rotate(5)], rowShape: [4], type: .float32, seed: 0)
        }
        #expect(
            error?.description
                == "rotate needs images (height, width, channels) or (height, width), found rows of shape "
                + "(4,); noise, scale, dropout and time-shift apply to rows of numbers and to series")
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
        #expect(refusal(["hue=0.1"], [8, 8, 2])?.contains("of red, green and blue; found 2 channels") == true)
        #expect(refusal(["time-shift=0.1"])?.contains("time-shift needs series") == true)
        #expect(refusal(["time-shift=0.1", "flip=both"], [8, 8])?.contains("says that the rows are series") == true)
        let zoom = #expect(throws: AugmentationError.self) {
            try Augmenter([.zoom(3)], rowShape: [8, 8], type: .uint8, seed: 0)
        }
        #expect(zoom?.description == "zoom=3.0: fractions from -3.0 to 3.0, expected numbers from -0.999 to 1.0")
        #expect(
            refusal(["mixup=0.2"])
                == "mixup mixes two samples of a training batch: it applies while training, not to rows by themselves")
    }
}
