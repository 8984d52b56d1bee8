import Augmentation
import CKernels
import Memory
import Testing

/// Bytes that are changed by tables and in pieces: what floats of the whole image give.
@Suite struct AugmenterByteTests: AugmentedSamples {
    /// Large enough for tables of each channel, and no multiple of a vector.
    private static let (height, width) = (83, 71)

    @Test(arguments: [
        ["autocontrast"], ["equalize"], ["contrast=0.5"], ["invert=1"], ["posterize=1:5"],
        ["invert=1", "brightness=0.4"], ["contrast=0.5", "posterize=1:5", "invert=0.5"],
        ["brightness=0.3", "contrast=0.5"],
        ["autocontrast", "solarize=0.7"], ["equalize", "brightness=0.2", "erase=1"], ["saturation=0.5", "hue=0.5"],
        ["brightness=0.3", "degenerate=0.8", "invert=1"], ["flip=both", "crop=80x70", "solarize=0.7", "erase=1"],
        ["flip=horizontal", "crop=81x69", "saturation=0.7", "erase=1"], ["contrast=0.5", "noise=0.1"],
    ]) func `bytes are the floats, rounded`(words: [String]) throws {
        let isColored = words.contains { word in
            ["saturation", "hue", "degenerate"].contains { word.hasPrefix($0) }
        }
        var shapes: [Shape] = (isColored ? [3] : [1, 2, 3, 4, 5]).map { [Self.height, Self.width, $0] }
        // Floats of this one are streamed.
        shapes.append([151, 149, 3])
        for shape in shapes {
            // Tones of a part of the range, so that there is something to stretch.
            let row = image(shape.elementCount).map { 30 + $0 / 2 }
            let spec = try AugmentationSpec(parsing: words + ["range=0:255"])
            let augmenter = try Augmenter(spec, rowShape: shape, type: .float32, seed: 5)
            for sample in 0..<6 {
                let floats = changed(augmenter, row.map { Float($0) }, sample: sample)
                let rounded = floats.map { UInt8(min(max($0, 0), 255).rounded(.toNearestOrEven)) }
                let bytes = try applied(spec, row, shape: shape, seed: 5, sample: sample)
                #expect(bytes == rounded, "\(words), \(shape), sample \(sample)")
                #expect(bytes != row || words.first?.hasPrefix("flip") == true)
            }
        }
    }

    @Test(
        arguments: ["constant", "nearest", "reflect", "wrap"],
        ["rotate=40", "shift=0.3", "zoom=0.5", "perspective=0.8"])
    func `sampled bytes are the floats, rounded`(fill: String, word: String) throws {
        for shape: Shape in [[9, 300, 3], [2, 2, 3], [1, 40, 3], [30, 3, 3], [9, 270, 1], [9, 270, 4]] {
            for interpolation in ["bilinear", "nearest"] {
                let words = [word, "fill=\(fill)", "fill-value=99.5", "interpolation=\(interpolation)", "range=0:255"]
                let augmenter = try Augmenter(
                    AugmentationSpec(parsing: words), rowShape: shape, type: .float32, seed: 5)
                let row = image(shape.elementCount)
                for sample in 0..<8 {
                    let floats = changed(augmenter, row.map { Float($0) }, sample: sample)
                    let bytes = try applied(words, row, shape: shape, seed: 5, sample: sample)
                    #expect(bytes == floats.map { UInt8($0.rounded(.toNearestOrEven)) }, "\(words), \(shape)")
                }
            }
        }
    }

    @Test func `a histogram of few tones is made even as that of floats`() throws {
        let shape: Shape = [Self.height, Self.width, 3]
        let row = image(shape.elementCount)
        let augmenter = try Augmenter(
            [.equalize(bins: 60)], rowShape: shape, type: .float32, valueRange: 0...255, seed: 5)
        let rounded = changed(augmenter, row.map { Float($0) }, sample: 0).map { UInt8($0.rounded(.toNearestOrEven)) }
        #expect(try applied([.equalize(bins: 60)], row, shape: shape) == rounded)
    }

    @Test func `an image of one tone stays`() throws {
        let row = [UInt8](repeating: 77, count: Self.height * Self.width * 3)
        for word in ["autocontrast", "equalize", "contrast=0.5"] {
            #expect(try applied([word], row, shape: [Self.height, Self.width, 3]) == row)
        }
    }

    @Test(arguments: 1...5) func `tables give each channel its own bytes`(channels: Int) {
        var tables = (0..<256 * channels).map { UInt8(truncatingIfNeeded: $0 * $0 / 3 + $0 % 17) }
        for pixels in [0, 1, 63, 64, 65, 1000] {
            let row = image(pixels * channels)
            var output = [UInt8](repeating: 9, count: row.count + 1)
            for pass in 0..<2 {
                // Inverted, too, and only the upper bits kept.
                if pass == 1 { for index in tables.indices { tables[index] = ~UInt8(index % 256) & 0xe0 } }
                millrace_map_bytes(row, &output, pixels, channels, tables)
                let expected = row.indices.map { tables[$0 % channels * 256 + Int(row[$0])] }
                #expect(Array(output.dropLast()) == expected && output.last == 9)
            }
            for index in tables.indices { tables[index] = UInt8(truncatingIfNeeded: index * index / 3 + index % 17) }
        }
    }
}
