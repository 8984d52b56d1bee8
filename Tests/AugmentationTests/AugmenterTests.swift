import Augmentation
import Memory
import Testing

@Suite struct AugmenterTests: AugmentedSamples {
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
