internal import Augmentation

extension ColumnInfo {
    /// Why the augmentation cannot be done to this column, or nil.
    var augmentationProblem: String? {
        guard let augmentation else { return nil }
        guard padding == nil else {
            return "rows of different lengths cannot be augmented; store or pad them in one shape"
        }
        switch conversion {
        case .identity, .scale, .cast(.float32): break
        case .cast, .oneHot, .sparse: return "what is augmented must be float32 in batches, found: \(conversion)"
        }
        do throws(AugmentationError) {
            _ = try ColumnAugmenter(augmentation, of: self, seed: 0, augments: true)
            return nil
        } catch { return error.description }
    }

    /// What values of the column can be in batches: those of bytes and of 16 bits, and 0 to 1 for all others, scaled as
    /// the column is.
    var valueRange: ClosedRange<Float> {
        let stored: ClosedRange<Float> =
            switch type {
            case .uint8: 0...255
            case .uint16: 0...65535
            default: 0...1
            }
        guard case .scale(let factor, let offset) = conversion, factor != 0 else { return stored }
        let ends = [stored.lowerBound * factor + offset, stored.upperBound * factor + offset]
        return min(ends[0], ends[1])...max(ends[0], ends[1])
    }
}
