extension AugmentationSpec.Operation {
    /// Why it cannot be done to anything, or nil: what words and files were already asked.
    var problem: String? {
        func outside(_ range: ClosedRange<Double>?, _ bounds: ClosedRange<Double>, _ what: String) -> String? {
            guard let range, !(bounds.contains(range.lowerBound) && bounds.contains(range.upperBound)) else {
                return nil
            }
            return "\(self): \(what) from \(range.lowerBound) to \(range.upperBound), expected numbers from "
                + "\(bounds.lowerBound) to \(bounds.upperBound)"
        }
        func number(_ value: Double, _ bounds: ClosedRange<Double>, _ what: String) -> String? {
            bounds.contains(value)
                ? nil : "\(self): \(what) \(value), expected a number from \(bounds.lowerBound) to \(bounds.upperBound)"
        }
        let fractions = -1.0...1.0
        switch self {
        case .shift(let vertical, let horizontal):
            return outside(vertical, fractions, "fractions") ?? outside(horizontal, fractions, "fractions")
        case .rotate(let degrees): return outside(degrees, -360...360, "degrees")
        case .zoom(let vertical, let horizontal):
            return outside(vertical, -0.999...1, "fractions") ?? outside(horizontal, -0.999...1, "fractions")
        case .shear(let x, let y, _): return outside(x, fractions, "fractions") ?? outside(y, fractions, "fractions")
        case .crop(let height, let width), .centerCrop(let height, let width):
            return min(height, width) > 0 ? nil : "\(self): expected a height and a width above 0"
        case .place(let top, let left, let height, let width):
            return min(top, left) >= 0 && max(height, width) <= 65_535 ? nil : "\(self): expected a place inside"
        case .contrast(let factor), .saturation(let factor), .scale(let factor):
            return outside(factor, 0...2, "factors")
        case .brightness(let delta): return outside(delta, fractions, "fractions")
        case .saturationOdds(let odds), .degenerate(let odds): return outside(odds, fractions, "factors")
        case .hue(let turn): return outside(turn, 0...0.5, "fractions of the circle")
        case .grayscale(let probability), .dropout(let probability): return number(probability, 0...1, "probability")
        case .noise(let deviation): return number(deviation, 0...1, "deviation")
        case .sharpness(let factor), .invert(let factor): return outside(factor, 0...1, "factors")
        case .posterize(let bits): return outside(Double(bits.lowerBound)...Double(bits.upperBound), 1...8, "bits")
        case .solarize(let addition, let threshold):
            return outside(addition, 0...1, "additions") ?? outside(threshold, 0...1, "thresholds")
        case .equalize(let bins): return (2...65_536).contains(bins) ? nil : "\(self): expected 2 to 65536 bins"
        case .erase(let chance, let scale, _):
            return outside(chance, 0...1, "chances") ?? outside(scale, 0...1, "scales")
        case .blur(let chance, let sigma, let height, let width):
            guard height % 2 == 1, width % 2 == 1, (1...1001).contains(height), (1...1001).contains(width) else {
                return "\(self): a window of \(height) x \(width), expected odd numbers from 1 to 1001"
            }
            return outside(chance, 0...1, "chances") ?? outside(sigma, 0...100, "deviations")
        case .timeShift(let fraction): return outside(fraction, fractions, "fractions")
        case .rescale(let factor, let offset):
            return factor.isFinite && offset.isFinite ? nil : "\(self): expected finite numbers"
        case .randAugment(let count, let factor):
            return (0...64).contains(count) ? outside(factor, 0...1, "factors") : "\(self): expected 0 to 64 changes"
        case .perspective(let chance, let scale):
            return outside(chance, 0...1, "chances") ?? number(scale, 0...1, "scale")
        case .elastic(let chance, let scale):
            return outside(chance, 0...1, "chances") ?? outside(scale, 0...1, "scales")
        case .augMix(let chains, let depth, let factor, let alpha, _):
            guard (1...64).contains(chains), (0...64).contains(depth) else {
                return "\(self): expected 1 to 64 chains of 0 to 64 changes"
            }
            return outside(factor, 0...1, "factors") ?? number(alpha, 0.000_001...1_000_000, "Beta parameter")
        case .mixup(let alpha): return number(alpha, 0.000_001...1_000_000, "Beta parameter")
        case .cutmix(let alpha): return outside(alpha, 0...1_000_000, "Beta parameters")
        case .flip, .autoContrast: return nil
        }
    }
}
