import Augmentation
import Memory
import Testing

/// Rows (channels, height, width): the same changes as of rows whose channels lie together.
@Suite struct ChannelsFirstRowTests: AugmentedSamples {
    private static func turned<Value>(_ values: [Value], rows: Int, columns: Int) -> [Value] {
        (0..<columns).flatMap { column in (0..<rows).map { values[$0 * columns + column] } }
    }

    private func channelsFirst(_ spec: AugmentationSpec) -> AugmentationSpec {
        AugmentationSpec(
            stages: spec.stages.map { stage in
                var stage = stage
                stage.channelsFirst = true
                return stage
            })
    }

    private static let words = [
        "flip=both", "crop=7x6", "shift=0.3", "rotate=40", "zoom=0.4", "shear=0.3", "contrast=0.5", "brightness=0.4",
        "saturation=0.5", "hue=0.5", "grayscale=0.5", "noise=0.1", "erase=1", "blur=2", "scale=0.5", "randaugment=3",
        "autocontrast", "equalize", "degenerate=0.8", "sharpness=0.9", "posterize=1:5", "solarize=0.7", "invert=0.5",
        "perspective=0.6", "elastic=0.8", "augmix=0.5", "crop=7x6 rotate=40 erase=1", "flip=horizontal erase=1",
    ]

    @Test(arguments: words) func `every change is that of the turned row`(_ word: String) throws {
        for channels in [1, 3] {
            let (last, pixels): (Shape, Int) = ([11, 9, channels], 99)
            let row = image(last.elementCount)
            let first = Self.turned(row, rows: pixels, columns: channels)
            let spec = try AugmentationSpec(parsing: word.split(separator: " ").map(String.init) + ["range=0:255"])
            let (plain, turned) = (
                try Augmenter(spec, rowShape: last, type: .float32, seed: 5),
                try Augmenter(channelsFirst(spec), rowShape: [channels, 11, 9], type: .float32, seed: 5)
            )
            let after = plain.outputShape.dimensions
            #expect(turned.outputShape.dimensions == [channels, after[0], after[1]])
            var changes = 0
            for sample in 0..<6 {
                let expected = changed(plain, row.map { Float($0) }, sample: sample)
                let found = changed(turned, first.map { Float($0) }, sample: sample)
                #expect(found == Self.turned(expected, rows: after[0] * after[1], columns: channels))
                let bytes = try applied(spec, row, shape: last, seed: 5, sample: sample)
                #expect(
                    try applied(channelsFirst(spec), first, shape: [channels, 11, 9], seed: 5, sample: sample)
                        == Self.turned(bytes, rows: after[0] * after[1], columns: channels))
                changes += found == first.map { Float($0) } ? 0 : 1
            }
            #expect(changes > 0 || channels == 1)
        }
    }

    @Test func `rectangles of other samples, too`() throws {
        let (plain, turned) = (
            try BatchMixer(.cutmix(), rowShape: [6, 5, 2], seed: 7, stream: 3),
            try BatchMixer(.cutmix(), rowShape: [2, 6, 5], channelsFirst: true, seed: 7, stream: 3)
        )
        let pairs = turned.draw(epoch: 0, position: 3, count: 7)
        #expect(pairs == plain.draw(epoch: 0, position: 3, count: 7))
        func mixed(_ mixer: BatchMixer, _ samples: [Float]) -> [Float] {
            var (samples, scratch) = (samples, [Float](repeating: 0, count: 60))
            samples.withUnsafeMutableBufferPointer { samples in
                scratch.withUnsafeMutableBufferPointer {
                    mixer.mix(samples.baseAddress!, pairs, scratch: $0.baseAddress!)
                }
            }
            return samples
        }
        func eachTurned(_ samples: [Float]) -> [Float] {
            (0..<7).flatMap { Self.turned(Array(samples[$0 * 60..<$0 * 60 + 60]), rows: 30, columns: 2) }
        }
        let samples = (0..<420).map { Float($0) }
        #expect(mixed(turned, eachTurned(samples)) == eachTurned(mixed(plain, samples)))
        #expect(mixed(plain, samples) != samples)
    }

    @Test func `rows that are no images of channels are refused, and orders are kept apart`() throws {
        let error = #expect(throws: AugmentationError.self) {
            try Augmenter(channelsFirst([.flip(.both)]), rowShape: [8, 9], type: .float32, seed: 0)
        }
        #expect(error?.description.contains("(channels, height, width)") == true)
        let spec = AugmentationSpec([.rotate(5)]).then(channelsFirst([.rotate(5), .flip(.both)]))
        #expect(spec.phases.map(\.first) == [0, 1])
        #expect(spec.description.contains("channels first"))
    }
}
