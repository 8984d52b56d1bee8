extension AugmentationSpec {
    /// Reads words of the form `name=value`; several in one word are separated by commas.
    ///
    /// `fill=MODE`, `fill-value=F`, `interpolation=MODE` and `range=LOW:HIGH` say something of all operations.
    ///
    /// - Throws: `AugmentationError` that names the operation, its parameter, the range of that and an example.
    public init(parsing words: [String]) throws(AugmentationError) {
        var operations: [Operation] = []
        var seen: Set<String> = []
        var settings = Settings()
        for part in words.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if pair.count == 1, let plain = Operation(plain: pair[0]) {
                operations.append(plain)
            } else {
                guard pair.count == 2 else {
                    let example = Operation.word(pair[0])?.example ?? "flip=horizontal"
                    throw AugmentationError("augmentation \"\(part)\": expected name=value, for example \(example)")
                }
                if try !settings.read(pair[0], pair[1]) {
                    operations.append(try Operation(name: pair[0], value: pair[1]))
                }
            }
            guard seen.insert(pair[0]).inserted else {
                throw AugmentationError("augmentation \"\(pair[0])\" is given twice")
            }
        }
        self.init(
            operations, fill: settings.fill, fillValue: settings.fillValue, interpolation: settings.interpolation,
            valueRange: settings.valueRange)
    }

    /// What is said of all operations.
    private struct Settings {
        var fill = FillMode.reflect
        var fillValue = 0.0
        var interpolation = Interpolation.bilinear
        var valueRange: ClosedRange<Float>?

        /// False when the word is no setting.
        mutating func read(_ name: String, _ value: String) throws(AugmentationError) -> Bool {
            func refuse(_ expected: String) -> AugmentationError {
                AugmentationError("augmentation \"\(name)=\(value)\": expected \(expected)")
            }
            switch name {
            case "fill":
                guard let mode = FillMode(rawValue: value) else {
                    throw refuse("one of \(FillMode.allCases.map(\.rawValue).joined(separator: ", "))")
                }
                fill = mode
            case "interpolation":
                guard let mode = Interpolation(rawValue: value) else { throw refuse("nearest or bilinear") }
                interpolation = mode
            case "fill-value":
                guard let number = Double(value), number.isFinite else {
                    throw refuse("a number, for example fill-value=127.5")
                }
                fillValue = number
            case "range":
                let ends = value.split(separator: ":", omittingEmptySubsequences: false).map { Float($0) ?? .nan }
                guard ends.count == 2, ends[0].isFinite, ends[1].isFinite, ends[0] < ends[1] else {
                    throw refuse("LOW:HIGH, for example range=0:255")
                }
                valueRange = ends[0]...ends[1]
            default: return false
            }
            return true
        }
    }
}

extension AugmentationSpec.Operation {
    /// A word of the vocabulary.
    struct Word {
        let name: String
        let example: String
        /// The parameter and its range, for errors.
        let meaning: String
        /// What numbers may be.
        let bounds: ClosedRange<Double>
        /// Whether `a:b` may stand for the numbers from a to b.
        let takesRange: Bool
        /// From the ends of the range; those of one number f are -f and f.
        let make: @Sendable (ClosedRange<Double>) -> AugmentationSpec.Operation
    }

    static func word(_ name: String) -> Word? { words.first { $0.name == name } }

    /// An operation that has no parameter.
    init?(plain name: String) {
        switch name {
        case "autocontrast": self = .autoContrast
        case "equalize": self = .equalize(bins: 256)
        case "augmix": self = .augMix()
        default: return nil
        }
    }

    /// Reads the value of an operation.
    init(name: String, value: String) throws(AugmentationError) {
        func refuse(_ expected: String) -> AugmentationError {
            AugmentationError("augmentation \"\(name)=\(value)\": expected \(expected)")
        }
        switch name {
        case "flip":
            guard let mode = value == "both" ? .both : AugmentationSpec.FlipMode(rawValue: value) else {
                throw refuse("horizontal, vertical or horizontal_and_vertical, for example flip=horizontal")
            }
            self = .flip(mode)
        case "crop", "center-crop":
            let sides = value.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
            guard sides.count == 2, sides.allSatisfy({ (1...65_535).contains($0) }) else {
                throw refuse("HEIGHTxWIDTH in pixels, from 1 to 65535, for example \(name)=28x28")
            }
            self =
                name == "crop"
                ? .crop(height: sides[0], width: sides[1])
                : .centerCrop(height: sides[0], width: sides[1])
        case "posterize":
            let bits = value.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
            guard (1...2).contains(bits.count), bits.allSatisfy({ (1...8).contains($0) }), bits[0] <= bits.last ?? 0
            else {
                throw refuse(
                    "BITS or LOW:HIGH, which is not drawn itself, from 1 to 8, for example posterize=4")
            }
            self = .posterize(bits: bits[0]...(bits.last ?? bits[0]))
        case "randaugment":
            let parts = value.split(separator: ":", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count), let count = Int(parts[0]), (1...16).contains(count),
                let factor = parts.count == 1 ? 0.5 : Double(parts[1]), (0...1).contains(factor)
            else {
                throw refuse(
                    "COUNT or COUNT:FACTOR, the number of changes from 1 to 16 and their strength from 0 to 1, for "
                        + "example randaugment=2:0.5")
            }
            self = .randAugment(count, factor: factor)
        default:
            guard let word = Self.word(name) else {
                let names =
                    ["flip", "crop", "center-crop", "posterize"] + Self.words.map(\.name)
                    + ["randaugment", "autocontrast", "equalize"]
                throw AugmentationError(
                    "unknown augmentation \"\(name)\"; there are \(names.joined(separator: ", ")), and the settings fill, "
                        + "fill-value, interpolation and range")
            }
            let parts = value.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
            let limit = word.bounds
            let isPair = parts.count == 2 && word.takesRange && parts[0] <= parts[1]
            let least = isPair && limit.lowerBound == 0 ? -limit.upperBound : limit.lowerBound
            guard isPair || parts.count == 1, parts.allSatisfy({ $0 >= least && $0 <= limit.upperBound }) else {
                let pairs = word.takesRange ? ", or LOW:HIGH" : ""
                throw refuse("\(word.meaning)\(pairs), for example \(word.example)")
            }
            self = word.make(isPair ? parts[0]...parts[1] : -parts[0].magnitude...parts[0].magnitude)
        }
    }
}
