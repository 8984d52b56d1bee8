internal import Memory

/// What was drawn for one sample.
package struct DrawnAugmentation: Sendable, Hashable {
    /// A change of values, of pixels at the places where they end up.
    package enum ValueChange: Sendable, Hashable {
        /// v becomes (v - mean) * factor + mean, clipped to the value range.
        case contrast(factor: Float)
        /// v becomes v + delta, clipped to the value range.
        case brightness(delta: Float)
        /// Normal noise that belongs to a key.
        case noise(deviation: Float, key: UInt64)
        /// Normal noise times the range's upper end, clipped to the range, in place of a rectangle's pixels.
        case erase(rows: Range<Int>, columns: Range<Int>, key: UInt64)
    }

    /// Where the pixels come from: all geometric changes at once.
    package var map: AffineMap

    /// In the order in which they were asked for, behind the geometric ones.
    package var values: [ValueChange]

    package init(map: AffineMap = .identity, values: [ValueChange] = []) {
        self.map = map
        self.values = values
    }
}

extension Augmenter {
    /// The parameters of one sample: a function of the seed, the epoch and the sample's number.
    package func draw(epoch: Int, sample: Int) -> DrawnAugmentation {
        var drawn = DrawnAugmentation()
        var (height, width) = (self.height, self.width)
        for operation in spec.operations {
            var random = SampleRandom(seed: seed, epoch: epoch, sample: sample, stream: operation.stream)
            switch operation {
            case .flip(let mode):
                guard random.nextUnit() < 0.5 else { continue }
                let flip = AffineMap.flip(
                    horizontally: mode != .vertical, vertically: mode != .horizontal, height: height, width: width)
                drawn.map = drawn.map.then(flip)
            case .shift(let fraction):
                let down = random.uniform(fraction) * Double(height)
                drawn.map = drawn.map.then(.shift(down: down, right: random.uniform(fraction) * Double(width)))
            case .rotate(let degrees):
                let turn = AffineMap.rotation(degrees: random.uniform(degrees), height: height, width: width)
                drawn.map = drawn.map.then(turn)
            case .zoom(let fraction):
                let zoom = AffineMap.zoom(factor: 1 + random.uniform(fraction), height: height, width: width)
                drawn.map = drawn.map.then(zoom)
            case .crop(let cropHeight, let cropWidth):
                let top = Int.random(in: 0...height - cropHeight, using: &random)
                drawn.map = drawn.map.then(
                    .window(top: top, left: Int.random(in: 0...width - cropWidth, using: &random)))
                (height, width) = (cropHeight, cropWidth)
            case .contrast(let fraction):
                drawn.values.append(.contrast(factor: Float(1 + random.uniform(fraction))))
            case .brightness(let fraction):
                drawn.values.append(.brightness(delta: Float(random.uniform(fraction)) * extent))
            case .noise(let fraction):
                drawn.values.append(.noise(deviation: Float(fraction) * extent, key: random.next()))
            case .erase(let chance):
                if let erased = erasing(chance, &random) { drawn.values.append(erased) }
            case .mixup, .cutmix: continue
            }
        }
        return drawn
    }

    // Keras's RandomErasing: sides are square roots of 0.02 to 0.33 of the height and of the width; a pixel belongs to the
    // rectangle when its number lies between the ends.
    private func erasing(_ chance: Double, _ random: inout SampleRandom) -> DrawnAugmentation.ValueChange? {
        let probability = chance * Double(random.nextUnit())
        guard Double(random.nextUnit()) < probability else { return nil }
        func side(_ extent: Int) -> Range<Int> {
            let length = (0.02 + 0.31 * Double(random.nextUnit())).squareRoot() * Double(extent)
            let start = Double(random.nextUnit()) * (Double(extent) - length)
            let first = Int(start.rounded(.up))
            return first..<max(first, min(extent, Int((start + length).rounded(.up))))
        }
        let columns = side(outputWidth)
        return .erase(rows: side(outputHeight), columns: columns, key: random.next())
    }
}

extension SampleRandom {
    /// A number from -bound to bound.
    fileprivate mutating func uniform(_ bound: Double) -> Double { (Double(nextUnit()) * 2 - 1) * bound }
}
