import Augmentation
import Memory
import Testing

/// Changes of values: colours, tones, noise.
@Suite struct AugmenterValueTests: AugmentedSamples {
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
        for word in ["equalize", "autocontrast"] {
            let augmenter = try Augmenter(
                AugmentationSpec(parsing: [word]), rowShape: shape, type: .float32, seed: 5)
            for place in [0, 1, 40, 47, 290] {
                var values = image(shape.elementCount).map { 0.2 + Float($0) / 500 }
                values[place] = .nan
                // A middling value is no end of its channel, to which others are stretched.
                var whole = values
                whole[place] = 0.4
                for sample in 0..<5 {
                    let (found, expected) = (
                        changed(augmenter, values, sample: sample), changed(augmenter, whole, sample: sample)
                    )
                    #expect(found.indices.filter { found[$0].isNaN } == [place])
                    #expect(found.allSatisfy { $0.isNaN || (0...1).contains($0) })
                    guard word == "autocontrast" else { continue }
                    #expect(expected != whole)
                    #expect(found.indices.allSatisfy { $0 == place || found[$0] == expected[$0] }, "\(place)")
                }
            }
        }
    }

    @Test func `an image may be placed in a larger one and blurred there`() throws {
        let spec: AugmentationSpec = [
            .place(top: 3, left: 5, height: 41, width: 37),
            .blur(chance: 1...1, sigma: 1...2, height: 9, width: 7),
        ]
        let alone = AugmentationSpec(
            [.place(top: 3, left: 5, height: 41, width: 37)], fill: .constant, fillValue: 0.125)
        let augmenter = try Augmenter(spec, rowShape: shape, type: .float32, seed: 1)
        let placer = try Augmenter(alone, rowShape: shape, type: .float32, seed: 1)
        let values = image(shape.elementCount).map { Float($0) / 255 }
        let (height, width) = (shape.dimensions[0], shape.dimensions[1])
        for sample in 0..<5 {
            let placed = changed(placer, values, sample: sample)
            for place in placed.indices {
                let (y, x) = (place / 3 / 37 - 3, place / 3 % 37 - 5)
                let isInside = (0..<height).contains(y) && (0..<width).contains(x)
                #expect(placed[place] == (isInside ? values[(y * width + x) * 3 + place % 3] : 0.125))
            }
            let found = changed(augmenter, values, sample: sample)
            #expect(found.count == 41 * 37 * 3 && found.allSatisfy { (0...1).contains($0) })
            #expect(found != placed)
        }
    }
}
