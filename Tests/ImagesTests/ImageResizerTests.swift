import Images
import Testing

@Suite struct ImageResizerTests {
    private func resized(
        _ image: [UInt8], height: Int, width: Int, channels: Int, to size: ImageSize, mode: ResizeMode = .stretch
    ) throws -> [UInt8] {
        var resizer = ImageResizer()
        var output = [UInt8](repeating: 0, count: size.height * size.width * channels)
        try image.withUnsafeBytes { input in
            try output.withUnsafeMutableBytes {
                try resizer.resize(
                    input, height: height, width: width, channels: channels, to: size, mode: mode, into: $0)
            }
        }
        return output
    }

    private func sample(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 * $0 / 7 + $0 % 13) }
    }

    @Test(arguments: [1, 3, 4]) func `the same size changes nothing`(channels: Int) throws {
        let image = sample(33 * 21 * channels)
        let size = ImageSize(height: 33, width: 21)
        for mode in ResizeMode.allCases {
            #expect(try resized(image, height: 33, width: 21, channels: channels, to: size, mode: mode) == image)
        }
    }

    @Test(arguments: [(1, 1), (7, 300), (50, 3), (100, 41)]) func `one color stays one color`(height: Int, width: Int)
        throws
    {
        let image = [UInt8](repeating: 173, count: 50 * 41 * 3)
        let size = ImageSize(height: height, width: width)
        let found = try resized(image, height: 50, width: 41, channels: 3, to: size)
        #expect(found == [UInt8](repeating: 173, count: height * width * 3))
    }

    @Test func `an image that takes too much memory to resize is an error`() {
        let image = [UInt8](repeating: 0, count: 3 * 1_000_000)
        let error = #expect(throws: ImageError.self) {
            _ = try resized(image, height: 1_000_000, width: 1, channels: 3, to: ImageSize(height: 4, width: 224))
        }
        guard case .tooLarge(let height, let width, _)? = error else {
            Issue.record("expected too large, found \(error as Any)")
            return
        }
        #expect(height == 1_000_000 && width == 1)
    }

    /// The definition in floating point: a triangle as wide as the reduction.
    private func reference(_ row: [UInt8], to outputs: Int) -> [Double] {
        let scale = Double(row.count) / Double(outputs)
        let support = max(scale, 1)
        return (0..<outputs).map { output in
            let center = (Double(output) + 0.5) * scale
            var sum = 0.0
            var total = 0.0
            for (x, value) in row.enumerated() {
                let weight = max(0, 1 - abs(Double(x) + 0.5 - center) / support)
                sum += weight * Double(value)
                total += weight
            }
            return sum / total
        }
    }

    @Test(arguments: [1, 2, 5, 37, 64, 65, 200]) func `rows and columns are weighted by a triangle`(outputs: Int) throws
    {
        let row = sample(65)
        let expected = reference(row, to: outputs)
        let across = try resized(
            row, height: 1, width: 65, channels: 1, to: ImageSize(height: 1, width: outputs))
        let down = try resized(row, height: 65, width: 1, channels: 1, to: ImageSize(height: outputs, width: 1))
        #expect(across == down)
        for (found, exact) in zip(across, expected) { #expect(abs(Double(found) - exact) < 0.51) }
    }

    @Test func `any number of rows goes through the blocks of sixteen`() throws {
        for height in [1, 15, 16, 17, 33] {
            let image = sample(height * 40 * 3)
            let all = try resized(
                image, height: height, width: 40, channels: 3, to: ImageSize(height: height, width: 9))
            for row in [0, height / 2, height - 1] {
                let one = try resized(
                    Array(image[row * 120..<(row + 1) * 120]), height: 1, width: 40, channels: 3,
                    to: ImageSize(height: 1, width: 9))
                #expect(Array(all[row * 27..<(row + 1) * 27]) == one)
            }
        }
    }

    @Test func `margins without end are refused`() {
        #expect(throws: ImageError.self) {
            try resized(
                sample(70000), height: 70000, width: 1, channels: 1, to: ImageSize(height: 1, width: 60000), mode: .pad)
        }
    }

    @Test(arguments: ["", "28", "28x", "x28", "28x28x3", "0x5", "-1x5", "70000x5", "a x b"])
    func `other texts are no sizes`(text: String) {
        #expect(ImageSize(parsing: text) == nil)
    }

    @Test func `a size is height, then width`() {
        #expect(ImageSize(parsing: "224x192") == ImageSize(height: 224, width: 192))
    }
}
