internal import Memory

extension Augmenter {
    /// The parameters of one sample: a function of the seed, the epoch and the sample's number.
    package func draw(epoch: Int, sample: Int) -> DrawnAugmentation {
        var drawing = Drawing(self)
        for (index, stage) in spec.stages.enumerated() {
            drawing.policy = policies[index]
            // A stream of its own: adding one operation at the end changes none of the others.
            var random = SampleRandom(seed: seed, epoch: epoch, sample: sample, stream: firstStream + index)
            drawing.add(stage, &random)
        }
        return drawing.drawn
    }

    /// What is done where nothing is augmented: the centre of what a random window would be.
    package var centered: DrawnAugmentation {
        var drawing = Drawing(self)
        for stage in spec.stages {
            if case .crop(let height, let width) = stage.operation { drawing.centerCrop(height, width) }
            if case .centerCrop(let height, let width) = stage.operation { drawing.centerCrop(height, width) }
        }
        return drawing.drawn
    }
}

/// The steps of a sample while they are drawn.
struct Drawing {
    var drawn = DrawnAugmentation()
    private(set) var height: Int
    private(set) var width: Int
    private let channels: Int
    private let valueRange: ClosedRange<Float>
    /// Of the stage that is drawn, where it chooses among changes.
    var policy: RandomPolicy?

    init(_ augmenter: Augmenter) {
        (height, width, channels) = (augmenter.height, augmenter.width, augmenter.channels)
        valueRange = augmenter.valueRange
    }

    mutating func centerCrop(_ cropHeight: Int, _ cropWidth: Int) {
        move(.window(top: (height - cropHeight) / 2, left: (width - cropWidth) / 2), to: (cropHeight, cropWidth))
    }

    private mutating func move(
        _ map: AffineMap, _ stage: AugmentationSpec.Stage? = nil, to size: (height: Int, width: Int)? = nil
    ) {
        let size = size ?? (height, width)
        let sampling = DrawnAugmentation.Sampling(
            map, height: size.height, width: size.width, fill: stage?.fill ?? .reflect,
            fillValue: Float(stage?.fillValue ?? 0), interpolation: stage?.interpolation ?? .bilinear)
        drawn.append(sampling, from: (height, width), alone: stage?.samplesAlone ?? false)
        (height, width) = size
    }

    private mutating func change(_ value: DrawnAugmentation.ValueChange) { drawn.steps.append(.value(value)) }

    mutating func add(_ stage: AugmentationSpec.Stage, _ random: inout SampleRandom) {
        let range = stage.valueRange ?? valueRange
        let extent = range.upperBound - range.lowerBound
        switch stage.operation {
        case .flip(let mode):
            guard random.nextUnit() < 0.5 else { return }
            move(
                .flip(
                    horizontally: mode != .vertical, vertically: mode != .horizontal, height: height, width: width))
        case .shift(let vertical, let horizontal):
            let down = random.uniform(vertical) * Double(height)
            move(.shift(down: down, right: random.uniform(horizontal) * Double(width)), stage)
        case .rotate(let degrees):
            move(.rotation(degrees: random.uniform(degrees), height: height, width: width), stage)
        case .zoom(let vertical, let horizontal):
            let down = 1 + random.uniform(vertical)
            let right = horizontal.map { 1 + random.uniform($0) } ?? down
            move(.zoom(vertical: down, horizontal: right, height: height, width: width), stage)
        case .shear(let x, let y, let isCentered):
            let sign = random.sign()
            let (centerX, centerY) = isCentered ? (Double(width - 1) / 2, Double(height - 1) / 2) : (0, 0)
            let down = sign * random.uniform(y)
            move(.shear(x: sign * random.uniform(x), y: down, centerX: centerX, centerY: centerY), stage)
        case .crop(let cropHeight, let cropWidth):
            let top = Int.random(in: 0...height - cropHeight, using: &random)
            let left = Int.random(in: 0...width - cropWidth, using: &random)
            move(.window(top: top, left: left), to: (cropHeight, cropWidth))
        case .centerCrop(let cropHeight, let cropWidth): centerCrop(cropHeight, cropWidth)
        case .place(let top, let left, let height, let width):
            move(.window(top: -top, left: -left), stage, to: (height, width))
        case .timeShift(let fraction):
            let steps = (random.uniform(fraction) * Double(height)).rounded()
            move(.shift(down: steps, right: 0), stage)
        case .contrast(let factor): change(.contrast(factor: Float(random.uniform(factor)), range))
        case .brightness(let delta): change(.brightness(delta: Float(random.uniform(delta)) * extent, range))
        case .noise(let deviation): change(.noise(deviation: Float(deviation) * extent, key: random.next()))
        case .scale(let factor): change(.affine(factor: Float(random.uniform(factor)), offset: 0))
        case .rescale(let factor, let offset): change(.affine(factor: Float(factor), offset: Float(offset)))
        case .dropout(let probability): change(.dropout(probability: Float(probability), key: random.next()))
        case .erase(let chance, let scale, let fill): erase(chance, scale, fill, range, &random)
        case .blur(let chance, let sigma, let height, let width):
            if random.happens(chance) {
                let right = Float(random.uniform(sigma))
                change(
                    .blur(
                        vertical: Float(random.uniform(sigma)), horizontal: right, height: height, width: width,
                        outside: stage.fill))
            }
            // As in Keras, also what was not blurred.
            change(.clip(range))
        case .randAugment(let count, _):
            guard let policy else { preconditionFailure("AugmentationSpec: \(stage.operation) has no choices") }
            let key = random.next()
            for _ in 0..<count {
                let choice = Int.random(in: policy.choices.indices, using: &random)
                // A change that is chosen twice has the same parameters twice, as in Keras.
                var own = SampleRandom(seed: key, epoch: 0, sample: choice)
                add(policy.choices[choice], &own)
            }
        case .perspective(let chance, let scale): perspective(chance, scale, stage, &random)
        case .elastic(let chance, let scale):
            guard chance.upperBound > 0, scale.upperBound > 0 else { return }
            if random.happens(chance) { elastic(random.uniform(scale), stage, &random) }
            // As in Keras, also what was not moved.
            change(.clip(range))
        case .augMix(let chains, let depth, _, let alpha, _): augMix(chains, depth, alpha, range, &random)
        case .mixup, .cutmix: return
        default: recolor(stage.operation, range, &random)
        }
    }

    private mutating func recolor(
        _ operation: AugmentationSpec.Operation, _ range: ClosedRange<Float>, _ random: inout SampleRandom
    ) {
        let isColored = channels == 3
        switch operation {
        case .saturation(let factor):
            let drawn = Float(random.uniform(factor))
            if isColored { change(.saturation(factor: drawn, limits: 0...1, black: range.lowerBound)) }
        case .saturationOdds(let odds):
            let share = random.uniform(odds)
            if isColored { change(.saturation(factor: Float(share / (1 - share + 1e-7)), limits: range)) }
        case .hue(let turn):
            let drawn = Float(random.sign() * random.uniform(turn))
            if isColored { change(.hue(turn: drawn, range)) }
        case .grayscale(let probability):
            if Double(random.nextUnit()) < probability, isColored { change(.gray(factor: 1, nil)) }
        case .degenerate(let factor):
            let drawn = Float(random.uniform(factor))
            if isColored { change(.gray(factor: drawn, range)) }
        case .sharpness(let factor): change(.smooth(amount: Float(1 - 2 * random.uniform(factor)), range))
        case .posterize(let bits):
            // Keras draws whole numbers below the upper end.
            let last = max(bits.lowerBound, bits.upperBound - 1)
            change(.posterize(bits: Int.random(in: bits.lowerBound...last, using: &random), range))
        case .solarize(let addition, let threshold):
            // In Keras only the upper ends are those of 0 to 255.
            func number(_ factor: ClosedRange<Double>) -> Float {
                let (lower, upper) = (factor.lowerBound, factor.upperBound * 255)
                return Float(lower + Double(random.nextUnit()) * (upper - lower))
            }
            let added = number(addition)
            change(.solarize(addition: added, threshold: number(threshold), range))
        case .autoContrast: change(.autoContrast(range))
        case .equalize(let bins): change(.equalize(bins: bins, range))
        case .invert(let chance):
            if random.happens(chance) { change(.affine(factor: -1, offset: range.upperBound)) }
        default: preconditionFailure("AugmentationSpec: \(operation) changes no colours")
        }
    }

    // Keras's RandomErasing: sides are square roots of shares of the height and of the width; a pixel belongs to the
    // rectangle when its number lies between the ends.
    private mutating func erase(
        _ chance: ClosedRange<Double>, _ scale: ClosedRange<Double>, _ fill: [Double]?, _ range: ClosedRange<Float>,
        _ random: inout SampleRandom
    ) {
        guard random.happens(chance) else { return }
        let columns = random.side(random.uniform(scale).squareRoot(), of: width)
        let rows = random.side(random.uniform(scale).squareRoot(), of: height)
        guard let fill else {
            change(.erase(rows: rows, columns: columns, key: random.next(), range))
            return
        }
        let values = fill.map { min(max(Float($0), range.lowerBound), range.upperBound) }
        change(.fill(rows: rows, columns: columns, values: values))
    }
}

extension SampleRandom {
    /// A number of a range.
    mutating func uniform(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + Double(nextUnit()) * (range.upperBound - range.lowerBound)
    }

    /// 1 or -1.
    mutating func sign() -> Double { nextUnit() < 0.5 ? 1 : -1 }

    /// Whether something happens whose chance is drawn, too.
    mutating func happens(_ chance: ClosedRange<Double>) -> Bool {
        let probability = uniform(chance)
        return Double(nextUnit()) < probability
    }

    /// The pixels of an axis that lie in a random part of it.
    mutating func side(_ share: Double, of extent: Int) -> Range<Int> {
        let length = share * Double(extent)
        let start = Double(nextUnit()) * (Double(extent) - length)
        let first = min(extent, Int(start.rounded(.up)))
        return first..<max(first, min(extent, Int((start + length).rounded(.up))))
    }
}
