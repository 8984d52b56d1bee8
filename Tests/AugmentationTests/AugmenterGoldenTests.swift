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

    /// Those of steps that are drawn by numbers; displacements of one's choice are for kernels.
    static let goldens = all.filter { !$0.name.hasPrefix("displaced") }

    static let all: [Golden] = {
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

    private static let range: ClosedRange<Float> = 0...255

    /// The change that a golden's name and parameters mean.
    private func step(_ golden: Golden) -> DrawnAugmentation.Step {
        let words = golden.name.split(separator: "_")
        let numbers = golden.parameters
        func number(_ index: Int) -> Float { Float(numbers[index]) }
        func moved(_ map: AffineMap) -> DrawnAugmentation.Step {
            .sample(
                .init(
                    map, height: 7, width: 6, fill: golden.fill ?? .reflect, fillValue: 7,
                    interpolation: words.last == "nearest" ? .nearest : .bilinear))
        }
        switch words[0] {
        case "perspective":
            let corners: [ProjectiveMap.Point] = [.init(0, 0), .init(5, 0), .init(0, 6), .init(5, 6)]
            let moved = corners.enumerated().map { index, corner in
                ProjectiveMap.Point(
                    corner.x * (1 + numbers[2 * index]), corner.y * (1 + numbers[2 * index + 1]))
            }
            return .warp(
                .init(
                    .perspective(ProjectiveMap(sending: moved, to: corners)!), fill: .constant, fillValue: 7,
                    interpolation: words.last == "nearest" ? .nearest : .bilinear))
        case "blend":
            let chains: [[DrawnAugmentation.Step]] = [
                [
                    .value(.solarize(addition: 25, threshold: 128, Self.range)),
                    .value(.brightness(delta: 40, Self.range)),
                ], [.value(.smooth(amount: 1 - 2 * 0.9, Self.range))], [],
            ]
            return .blend(
                .init(chains: chains, weights: (0..<3).map(number), share: number(3), range: Self.range))
        case "shift": return moved(.shift(down: numbers[0], right: numbers[1]))
        case "rotate": return moved(.rotation(degrees: numbers[0], height: 7, width: 6))
        case "zoom": return moved(.zoom(vertical: numbers[0], horizontal: numbers[1], height: 7, width: 6))
        case "shear": return moved(.shear(x: numbers[0], y: numbers[1]))
        case "contrast": return .value(.contrast(factor: number(0), Self.range))
        case "brightness": return .value(.brightness(delta: number(0), Self.range))
        case "saturation": return .value(.saturation(factor: number(0), limits: Self.range))
        case "hue": return .value(.hue(turn: number(0), Self.range))
        case "gray": return .value(.gray(factor: 1, nil))
        case "degenerate": return .value(.gray(factor: number(0), Self.range))
        case "sharpness": return .value(.smooth(amount: number(0), Self.range))
        case "posterize": return .value(.posterize(bits: 3, Self.range))
        case "solarize": return .value(.solarize(addition: number(0), threshold: number(1), Self.range))
        case "stretch": return .value(.autoContrast(Self.range))
        case "equalize": return .value(.equalize(bins: 256, Self.range))
        case "invert": return .value(.affine(factor: -1, offset: 255))
        default:
            return .value(
                .blur(
                    vertical: number(0), horizontal: number(1), height: Int(numbers[2]), width: Int(numbers[3]),
                    outside: .constant))
        }
    }

    /// The image that a golden's was made of.
    private func input(_ golden: Golden) -> [Float] {
        guard golden.name == "stretch" else { return Self.image }
        return Self.image.enumerated().map { $0 % 3 == 1 ? 90 : 60 + $1 * 0.5 }
    }

    @Test(arguments: goldens) func `floats are Keras's`(golden: Golden) throws {
        let step = step(golden)
        if !golden.matrix.isEmpty, case .sample(let sampling) = step {
            let map = sampling.map
            let found = [map.xx, map.xy, map.x0, map.yx, map.yy, map.y0]
            #expect(golden.matrix.count >= found.count)
            #expect(zip(found, golden.matrix).allSatisfy { abs($0 - $1) < 1e-5 })
        }
        let augmenter = try Augmenter(Self.colors, rowShape: Self.shape, type: .float32, valueRange: 0...255, seed: 0)
        var output = [Float](repeating: -1, count: golden.out.count)
        input(golden).withUnsafeBytes { input in
            output.withUnsafeMutableBytes {
                augmenter.apply(DrawnAugmentation(steps: [step]), to: input, into: $0, scratch: GrowableBytes())
            }
        }
        #expect(output.count == Self.image.count)
        #expect(zip(output, golden.out).allSatisfy { abs($0 - $1) / max(1, abs($1) / 255) < 2e-3 })
    }

    // Has room for windows.
    private static let colors = AugmentationSpec(
        [.blur(chance: 1...1, sigma: 0...1, height: 5, width: 5), .augMix()])

    @Test(
        arguments: goldens.filter { golden in
            !golden.matrix.isEmpty || ["contrast", "brightness", "perspective_bilinear"].contains(golden.name)
        })
    func `bytes are those of Keras, rounded`(golden: Golden) throws {
        let augmenter = try Augmenter(Self.colors, rowShape: Self.shape, type: .uint8, seed: 0)
        let image = Self.image.map { UInt8($0.rounded()) }
        var output = [UInt8](repeating: 0, count: golden.out.count)
        image.withUnsafeBytes { input in
            output.withUnsafeMutableBytes {
                augmenter.apply(
                    DrawnAugmentation(steps: [step(golden)]), to: input, into: $0, scratch: GrowableBytes())
            }
        }
        // The input was rounded, by up to one half, and contrast enlarges that.
        let largest = zip(output, golden.out).map { abs(Float($0) - $1) }.max() ?? .infinity
        #expect(largest < 1.3)
    }

    @Test func `there are goldens of every mode`() {
        #expect(Self.all.count == 82)
        #expect(Set(Self.all.compactMap(\.fill)).count == 4)
        #expect(Set(Self.all.map { $0.name.split(separator: "_")[0] }).count == 20)
    }
}
