extension AugmentationSpec.Operation {
    /// The vocabulary of numbers.
    static let words: [Word] = [
        Word(
            name: "shift", example: "shift=0.1", meaning: "a fraction of the size from 0 to 1", bounds: 0...1,
            takesRange: true
        ) { .shift(vertical: $0, horizontal: $0) },
        Word(
            name: "rotate", example: "rotate=15", meaning: "degrees from 0 to 360", bounds: 0...360, takesRange: true
        ) { .rotate(degrees: $0) },
        Word(
            name: "zoom", example: "zoom=0.1", meaning: "a fraction from 0 to 0.99", bounds: 0...0.99,
            takesRange: true
        ) { .zoom(vertical: $0, horizontal: nil) },
        Word(
            name: "shear", example: "shear=0.1", meaning: "a fraction from 0 to 1", bounds: 0...1, takesRange: true
        ) { .shear(x: $0, y: $0, isCentered: true) },
        Word(
            name: "contrast", example: "contrast=0.2", meaning: "a fraction from 0 to 1", bounds: 0...1,
            takesRange: true
        ) { .contrast(factor: 1 + $0.lowerBound...1 + $0.upperBound) },
        Word(
            name: "brightness", example: "brightness=0.1", meaning: "a fraction of the value range from 0 to 1",
            bounds: 0...1, takesRange: true
        ) { .brightness(delta: $0) },
        Word(
            name: "saturation", example: "saturation=0.2", meaning: "a fraction from 0 to 1", bounds: 0...1,
            takesRange: true
        ) { .saturation(factor: 1 + $0.lowerBound...1 + $0.upperBound) },
        Word(
            name: "hue", example: "hue=0.05", meaning: "a fraction of the colour circle from 0 to 0.5",
            bounds: 0...0.5, takesRange: false
        ) { .hue($0.upperBound) },
        Word(
            name: "grayscale", example: "grayscale=0.1", meaning: "a probability from 0 to 1", bounds: 0...1,
            takesRange: false
        ) { .grayscale(probability: $0.upperBound) },
        Word(
            name: "degenerate", example: "degenerate=0.5", meaning: "a fraction from 0 to 1", bounds: 0...1,
            takesRange: true
        ) { .degenerate(factor: $0) },
        Word(
            name: "sharpness", example: "sharpness=0.5", meaning: "a fraction from 0 to 1", bounds: 0...1,
            takesRange: true
        ) { .sharpness(factor: (1 + $0.lowerBound) / 2...(1 + $0.upperBound) / 2) },
        Word(
            name: "solarize", example: "solarize=0.5", meaning: "a fraction of the value range from 0 to 1",
            bounds: 0...1, takesRange: false
        ) { .solarize($0.upperBound) },
        Word(
            name: "invert", example: "invert=0.1", meaning: "a probability from 0 to 1", bounds: 0...1,
            takesRange: false
        ) { .invert($0.upperBound) },
        Word(
            name: "perspective", example: "perspective=0.3", meaning: "a fraction of the size from 0 to 1",
            bounds: 0...1, takesRange: false
        ) { .perspective($0.upperBound) },
        Word(
            name: "elastic", example: "elastic=0.5", meaning: "a strength from 0 to 1", bounds: 0...1,
            takesRange: false
        ) { .elastic($0.upperBound) },
        Word(
            name: "noise", example: "noise=0.01", meaning: "a fraction of the value range from 0 to 1", bounds: 0...1,
            takesRange: false
        ) { .noise($0.upperBound) },
        Word(
            name: "erase", example: "erase=0.2", meaning: "a probability from 0 to 1", bounds: 0...1,
            takesRange: false
        ) { .erase($0.upperBound) },
        Word(
            name: "blur", example: "blur=1.0", meaning: "the largest deviation in pixels, from 0 to 20", bounds: 0...20,
            takesRange: false
        ) { .blur($0.upperBound) },
        Word(
            name: "scale", example: "scale=0.1", meaning: "a fraction from 0 to 1", bounds: 0...1, takesRange: true
        ) { .scale(factor: 1 + $0.lowerBound...1 + $0.upperBound) },
        Word(
            name: "dropout", example: "dropout=0.1", meaning: "a probability from 0 to 1", bounds: 0...1,
            takesRange: false
        ) { .dropout($0.upperBound) },
        Word(
            name: "time-shift", example: "time-shift=0.1", meaning: "a fraction of the steps from 0 to 1",
            bounds: 0...1, takesRange: true
        ) { .timeShift($0) },
        Word(
            name: "augmix", example: "augmix=0.3", meaning: "a strength from 0 to 1", bounds: 0...1, takesRange: false
        ) { .augMix($0.upperBound) },
        Word(
            name: "mixup", example: "mixup=0.2", meaning: "the parameter of a Beta distribution from 0.001 to 1000",
            bounds: 0.001...1000, takesRange: false
        ) { .mixup($0.upperBound) },
        Word(
            name: "cutmix", example: "cutmix=1.0", meaning: "the parameter of a Beta distribution from 0.001 to 1000",
            bounds: 0.001...1000, takesRange: false
        ) { .cutmix($0.upperBound) },
    ]
}
