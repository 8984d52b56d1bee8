import Augmentation
import Glibc
import JSONText
import Memory
import Testing

/// Fixed parameters give what Keras's layers give with them.
@Suite struct AugmenterGoldenTests {
    struct Golden: Sendable, CustomTestStringConvertible {
        var name: String
        var parameters: [Double]
        var matrix: [Double]
        var fill: AugmentationSpec.FillMode?
        var out: [Float]

        var testDescription: String { name }
    }

    static let goldens: [Golden] = {
        let path =
            #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
            .joined(separator: "/") + "/fixtures/goldens/augmentation.json"
        guard let file = fopen(path, "rb") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        let cases = (try? JSONValue(parsing: Array(bytes[..<count])))?["cases"]?.members ?? []
        return cases.map { member in
            func numbers(_ key: String) -> [Double] { (member.value[key]?.arrayValue ?? []).compactMap(\.doubleValue) }
            return Golden(
                name: member.key, parameters: numbers("parameters"), matrix: numbers("matrix"),
                fill: member.value["fill"]?.stringValue.flatMap(AugmentationSpec.FillMode.init(rawValue:)),
                out: numbers("out").map { Float($0) })
        }
    }()

    private static let shape: Shape = [7, 6, 3]

    private static let image: [Float] = (0..<shape.elementCount).map {
        127.5 + Float(127.5 * sin(0.7 * Double($0) + 0.4))
    }

    /// The change that a golden's name and parameters mean.
    private func drawn(_ golden: Golden) -> DrawnAugmentation {
        let value = golden.parameters[0]
        return switch golden.name.split(separator: "_")[0] {
        case "shift": DrawnAugmentation(map: .shift(down: value, right: golden.parameters[1]))
        case "rotate": DrawnAugmentation(map: .rotation(degrees: value, height: 7, width: 6))
        case "zoom": DrawnAugmentation(map: .zoom(factor: value, height: 7, width: 6))
        case "contrast": DrawnAugmentation(values: [.contrast(factor: Float(value))])
        default: DrawnAugmentation(values: [.brightness(delta: Float(value))])
        }
    }

    @Test(arguments: goldens) func `floats are Keras's`(golden: Golden) throws {
        let drawn = drawn(golden)
        if !golden.matrix.isEmpty {
            let map = drawn.map
            let found = [map.xx, map.xy, map.x0, map.yx, map.yy, map.y0]
            #expect(zip(found, golden.matrix).allSatisfy { abs($0 - $1) < 1e-5 })
        }
        let augmenter = try Augmenter(
            AugmentationSpec([], fill: golden.fill ?? .reflect), rowShape: Self.shape, type: .float32,
            valueRange: 0...255, seed: 0)
        var output = [Float](repeating: -1, count: golden.out.count)
        Self.image.withUnsafeBytes { input in
            output.withUnsafeMutableBytes { augmenter.apply(drawn, to: input, into: $0, scratch: GrowableBytes()) }
        }
        let largest = zip(output, golden.out).map { abs($0 - $1) }.max() ?? .infinity
        #expect(largest < 2e-3)
    }

    @Test(arguments: goldens) func `bytes are those of Keras, rounded`(golden: Golden) throws {
        let augmenter = try Augmenter(
            AugmentationSpec([], fill: golden.fill ?? .reflect), rowShape: Self.shape, type: .uint8, seed: 0)
        let image = Self.image.map { UInt8($0.rounded()) }
        var output = [UInt8](repeating: 0, count: golden.out.count)
        image.withUnsafeBytes { input in
            output.withUnsafeMutableBytes {
                augmenter.apply(drawn(golden), to: input, into: $0, scratch: GrowableBytes())
            }
        }
        // The input was rounded, by up to one half, and contrast enlarges that.
        let largest = zip(output, golden.out).map { abs(Float($0) - $1) }.max() ?? .infinity
        #expect(largest < 1.3)
    }

    @Test func `there are goldens of every mode`() {
        #expect(Self.goldens.count == 26)
        #expect(Set(Self.goldens.compactMap(\.fill)).count == 4)
    }
}
