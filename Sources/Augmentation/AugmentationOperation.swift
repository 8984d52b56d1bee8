extension AugmentationSpec.Operation: CustomStringConvertible {
    /// Reads the value of an operation.
    init(name: String, value: String) throws(AugmentationError) {
        func number(_ range: ClosedRange<Double>, _ meaning: String) throws(AugmentationError) -> Double {
            guard let number = Double(value), range.contains(number) else {
                throw AugmentationError("augmentation \"\(name)=\(value)\": expected \(meaning)")
            }
            return number
        }
        switch name {
        case "flip":
            guard let mode = value == "both" ? .both : AugmentationSpec.FlipMode(rawValue: value) else {
                throw AugmentationError(
                    "augmentation \"flip=\(value)\": expected horizontal, vertical or horizontal_and_vertical")
            }
            self = .flip(mode)
        case "shift": self = .shift(try number(0...1, "a fraction of the size from 0 to 1"))
        case "rotate": self = .rotate(try number(0...360, "degrees from 0 to 360"))
        case "zoom": self = .zoom(try number(0...0.99, "a fraction from 0 to 0.99"))
        case "crop":
            let sides = value.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
            guard sides.count == 2, sides.allSatisfy({ (1...65_535).contains($0) }) else {
                throw AugmentationError("augmentation \"crop=\(value)\": expected HEIGHTxWIDTH, for example 28x28")
            }
            self = .crop(height: sides[0], width: sides[1])
        case "contrast": self = .contrast(try number(0...1, "a fraction from 0 to 1"))
        case "brightness": self = .brightness(try number(0...1, "a fraction of the value range from 0 to 1"))
        case "noise": self = .noise(try number(0...1, "a fraction of the value range from 0 to 1"))
        case "erase": self = .erase(try number(0...1, "a probability from 0 to 1"))
        case "mixup": self = .mixup(try number(0.001...1000, "the parameter of a Beta distribution, for example 0.2"))
        case "cutmix": self = .cutmix(try number(0.001...1000, "the parameter of a Beta distribution, for example 1.0"))
        default:
            throw AugmentationError(
                "unknown augmentation \"\(name)\"; there are flip, shift, rotate, zoom, crop, contrast, brightness, noise, "
                    + "erase, mixup, cutmix and fill")
        }
    }

    /// The name before the equals sign.
    package var name: String {
        switch self {
        case .flip: "flip"
        case .shift: "shift"
        case .rotate: "rotate"
        case .zoom: "zoom"
        case .crop: "crop"
        case .contrast: "contrast"
        case .brightness: "brightness"
        case .noise: "noise"
        case .erase: "erase"
        case .mixup: "mixup"
        case .cutmix: "cutmix"
        }
    }

    /// Whether it takes more than one sample, and so belongs to training batches.
    package var mixesSamples: Bool {
        switch self {
        case .mixup, .cutmix: true
        default: false
        }
    }

    /// Whether it can change rows that are no images.
    var appliesToNumbers: Bool { if case .noise = self { true } else { false } }

    /// The stream of random numbers that it draws from: adding one operation changes none of the others.
    var stream: Int {
        switch self {
        case .flip: 1
        case .shift: 2
        case .rotate: 3
        case .zoom: 4
        case .crop: 5
        case .contrast: 6
        case .brightness: 7
        case .noise: 8
        case .erase: 9
        case .mixup: 10
        case .cutmix: 11
        }
    }

    /// `shift=0.1`.
    package var description: String {
        switch self {
        case .flip(let mode): "flip=\(mode.rawValue)"
        case .crop(let height, let width): "crop=\(height)x\(width)"
        case .shift(let value), .rotate(let value), .zoom(let value), .contrast(let value), .brightness(let value),
            .noise(let value), .erase(let value), .mixup(let value), .cutmix(let value):
            "\(name)=\(value)"
        }
    }
}
