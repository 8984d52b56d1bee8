import Augmentation
import Testing

@Suite struct AugmentationSpecTests {
    @Test func `words are read and written`() throws {
        let words = [
            "flip=horizontal", "shift=0.1", "rotate=15.0", "zoom=0.1", "shear=-0.1:0.2", "crop=28x24", "contrast=0.2",
            "brightness=0.1", "saturation=-0.5:0.1", "hue=0.05", "grayscale=0.1", "noise=0.01", "erase=0.2", "blur=1.5",
            "scale=0.3", "dropout=0.1", "time-shift=0.2", "randaugment=3:0.4", "autocontrast", "equalize",
            "degenerate=0.4",
            "sharpness=0.3", "posterize=3:6", "solarize=0.5", "invert=0.1", "perspective=0.3", "elastic=0.5",
            "augmix=0.2",
            "mixup=0.2",
            "cutmix=1.0", "fill=nearest", "interpolation=nearest",
        ]
        let spec = try AugmentationSpec(parsing: words)
        #expect(spec.description == words.joined(separator: " "))
        #expect(spec.operations.count == 30)
        #expect(spec.operations[5] == .crop(height: 28, width: 24))
        #expect(spec.phases.map(\.first) == [0, 28, 29])
        #expect(try AugmentationSpec(parsing: [words.joined(separator: ",")]) == spec)
        #expect(try AugmentationSpec(parsing: []).operations.isEmpty)
        #expect(try AugmentationSpec(parsing: ["rotate=15", "zoom=0.1"]) == [.rotate(15), .zoom(0.1)])
    }

    @Test(arguments: [
        ("flip", "augmentation \"flip\": expected name=value, for example flip=horizontal"),
        ("noise", "augmentation \"noise\": expected name=value, for example noise=0.01"),
        (
            "flip=sideways",
            "augmentation \"flip=sideways\": expected horizontal, vertical or horizontal_and_vertical, for example "
                + "flip=horizontal"
        ),
        (
            "shift=1.5",
            "augmentation \"shift=1.5\": expected a fraction of the size from 0 to 1, or LOW:HIGH, for example shift=0.1"
        ),
        (
            "rotate=nan",
            "augmentation \"rotate=nan\": expected degrees from 0 to 360, or LOW:HIGH, for example rotate=15"
        ),
        (
            "rotate=9:-9",
            "augmentation \"rotate=9:-9\": expected degrees from 0 to 360, or LOW:HIGH, for example rotate=15"
        ),
        (
            "crop=28",
            "augmentation \"crop=28\": expected HEIGHTxWIDTH in pixels, from 1 to 65535, for example crop=28x28"
        ),
        (
            "posterize=0:4",
            "augmentation \"posterize=0:4\": expected BITS or LOW:HIGH, which is not drawn itself, from 1 to 8, for "
                + "example posterize=4"
        ),
        (
            "perspective=2",
            "augmentation \"perspective=2\": expected a fraction of the size from 0 to 1, for example perspective=0.3"
        ),
        ("noise=0.1,noise=0.2", "augmentation \"noise\" is given twice"),
        ("fill=mirror", "augmentation \"fill=mirror\": expected one of constant, nearest, reflect, wrap"),
        ("range=1:0", "augmentation \"range=1:0\": expected LOW:HIGH, for example range=0:255"),
        (
            "mixup=0:1",
            "augmentation \"mixup=0:1\": expected the parameter of a Beta distribution from 0.001 to 1000, for example "
                + "mixup=0.2"
        ),
    ])
    func `others are refused with what was expected`(word: String, message: String) {
        let error = #expect(throws: AugmentationError.self) { try AugmentationSpec(parsing: [word]) }
        #expect(error?.description == message)
    }

    @Test func `an unknown name is answered with all that there are`() {
        let error = #expect(throws: AugmentationError.self) { try AugmentationSpec(parsing: ["wobble=1"]) }
        #expect(error?.description.hasPrefix("unknown augmentation \"wobble\"; there are flip, crop, ") == true)
        #expect(error?.description.contains("cutmix") == true)
    }

    @Test func `specs that differ read differently`() {
        let specs: [AugmentationSpec] = [
            [.flip(.horizontal)], [.flip(.vertical)], [.rotate(10)], [.rotate(degrees: 0...10)], [.erase(0.5)],
            [.erase(chance: 0...0.5, scale: 0.1...0.2, fill: nil)], [.blur(1)], [.saturation(0.2)],
            [.saturationOdds(0.8...1.2)], AugmentationSpec([.rotate(10)], fill: .wrap),
            AugmentationSpec([.rotate(10)], valueRange: 0...1), [.rotate(10), .flip(.horizontal)],
            [.flip(.horizontal), .rotate(10)], [.perspective(0.2)], [.perspective(chance: 0...1, scale: 0.2)],
            [.augMix()], [.augMix(chains: 3, depth: 3, factor: 0...0.3, alpha: 1, isWhole: false)], [.elastic(0.2)],
            [.sharpness(factor: 0...1)], [.sharpness(factor: 0.5...1)], [.posterize(3)], [.posterize(bits: 3...4)],
            [.solarize(0.5)], [.solarize(addition: 0...0.5, threshold: 0...0.5)],
        ]
        #expect(Set(specs.map(\.description)).count == specs.count)
    }
}
