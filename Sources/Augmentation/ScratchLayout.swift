internal import Memory

/// Where an image on its way keeps what it needs, in bytes from the start of a worker's scratch memory.
struct ScratchLayout: Sendable {
    /// Of one of the two places of an image, which lie at the start.
    let image: Int
    /// Sums along rows, and a row with half a window at both ends.
    let between: Int
    let line: Int
    /// A displacement for each pixel, to the right and down.
    let fields: (right: Int, down: Int)
    /// Of two windows.
    let weights: Int
    /// The mean of several images, and two places of one of them.
    let mean: Int
    let chain: Int
    let total: Int

    init(_ view: RowView, _ spec: AugmentationSpec) {
        image = Self.room(view.largestCount)
        let border = Self.border(of: spec, view)
        let hasFields = spec.operations.contains { if case .elastic = $0 { true } else { false } }
        let blends = spec.operations.contains { if case .augMix = $0 { true } else { false } }
        var end = 2 * image
        func take(_ bytes: Int, if isNeeded: Bool) -> Int {
            defer { if isNeeded { end += bytes } }
            return end
        }
        between = take(image, if: border > 0)
        line = take(Self.room((view.largestWidth + border) * view.channels), if: border > 0)
        weights = take(Self.room(2 * border), if: border > 0)
        let field = Self.room(view.largestCount / max(1, view.channels))
        fields = (take(field, if: hasFields), take(field, if: hasFields))
        mean = take(image, if: blends)
        chain = take(2 * image, if: blends)
        total = end
    }

    /// Bytes of so many floats, in whole cache lines.
    private static func room(_ count: Int) -> Int { (count * MemoryLayout<Float>.stride + 63) / 64 * 64 }

    // The longer side of the largest window; 0 without any.
    private static func border(of spec: AugmentationSpec, _ view: RowView) -> Int {
        spec.operations.reduce(0) { most, operation in
            switch operation {
            case .blur(_, _, let height, let width): max(most, max(height, width))
            case .sharpness, .randAugment, .augMix: max(most, 3)
            case .elastic(_, let scale):
                max(
                    most,
                    DrawnAugmentation.Warp.window(
                        Float(Drawing.elasticSigma(scale.upperBound, view.largestHeight, view.largestWidth))))
            default: most
            }
        }
    }
}
