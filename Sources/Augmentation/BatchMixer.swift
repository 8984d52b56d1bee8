internal import CKernels
package import Memory

/// Mixes the samples of one batch: Keras's MixUp and CutMix.
///
/// Which samples are mixed, and how, is a function of the seed, the epoch and the position of the batch's first sample in
/// its epoch. Every sample is partner of exactly one, as in a permutation.
package struct BatchMixer: Sendable {
    private let operation: AugmentationSpec.Operation
    private let seed: UInt64
    private let stream: Int
    private let height: Int
    private let width: Int
    private let elements: Int
    /// Channels that lie one behind the other; 1 where those of a pixel lie together.
    private let planes: Int

    /// What happens to one sample.
    package struct Pair: Sendable, Hashable {
        /// The position in the batch of the other sample.
        package var partner: Int
        /// The share of the sample itself in the targets, and in values that are mixed.
        package var weight: Float
        /// What is replaced by the other sample's; nil where values are mixed.
        package var rows: Range<Int>?
        package var columns: Range<Int> = 0..<0
    }

    /// - Parameters:
    ///   - rowShape: of a sample, (height, width, …) for rectangles.
    ///   - channelsFirst: whether that is (channels, height, width).
    /// - Throws: when the operation mixes nothing, or such rows have no rectangles.
    package init(
        _ operation: AugmentationSpec.Operation, rowShape: Shape, channelsFirst: Bool = false, seed: UInt64,
        stream: Int
    ) throws(AugmentationError) {
        if let problem = operation.problem { throw AugmentationError(problem) }
        guard operation.mixesSamples else { throw AugmentationError("\(operation.name) mixes no samples") }
        if case .cutmix = operation {
            guard (2...3).contains(rowShape.rank), rowShape.elementCount > 0 else {
                throw AugmentationError(
                    "\(operation.name) needs images (height, width, channels) or (height, width), found rows of shape "
                        + "\(rowShape); mixup takes any rows")
            }
        }
        self.operation = operation
        self.seed = seed
        self.stream = stream
        let extents = Array(rowShape.dimensions.dropFirst(channelsFirst && rowShape.rank == 3 ? 1 : 0))
        planes = extents.count < rowShape.rank ? rowShape[0] : 1
        height = extents.first ?? 1
        width = extents.count > 1 ? extents[1] : 1
        elements = rowShape.elementCount
    }

    /// What was drawn for a batch of `count` samples, the first of which is at `position` of its epoch.
    package func draw(epoch: Int, position: Int, count: Int) -> [Pair] {
        var random = SampleRandom(seed: seed, epoch: epoch, sample: position, stream: stream)
        var partners = Array(0..<count)
        partners.shuffle(using: &random)
        var alpha = 0.0
        switch operation {
        case .mixup(let number): alpha = number
        case .cutmix(let range): alpha = random.uniform(range) + 1e-6
        default: break
        }
        return partners.map { partner in
            let weight = random.beta(alpha)
            guard case .cutmix = operation else { return Pair(partner: partner, weight: Float(weight)) }
            let side = (1 - weight).squareRoot()
            let columns = random.side(side, of: width)
            let rows = random.side(side, of: height)
            // The rectangle's own share, not that of the pixels in it, as in Keras.
            return Pair(partner: partner, weight: Float(1 - side * side), rows: rows, columns: columns)
        }
    }

    /// Mixes the samples in place.
    ///
    /// - Parameter scratch: room for one of them.
    package func mix(_ samples: UnsafeMutablePointer<Float>, _ pairs: [Pair], scratch: UnsafeMutablePointer<Float>) {
        walk(samples, elements, pairs, scratch) { pair, sample, other in
            guard let rows = pair.rows else {
                millrace_mix_values(sample, other, elements, pair.weight)
                return
            }
            let channels = elements / (height * width * planes)
            for plane in 0..<planes {
                for row in rows {
                    let start = ((plane * height + row) * width + pair.columns.lowerBound) * channels
                    (sample + start).update(from: other + start, count: pair.columns.count * channels)
                }
            }
        }
    }

    /// Mixes the targets of the samples in place, `count` values each.
    ///
    /// - Parameter scratch: room for those of one.
    package func mixTargets(
        _ targets: UnsafeMutablePointer<Float>, _ count: Int, _ pairs: [Pair], scratch: UnsafeMutablePointer<Float>
    ) {
        walk(targets, count, pairs, scratch) { pair, target, other in
            millrace_mix_values(target, other, count, pair.weight)
        }
    }

    // Along each cycle of the permutation a row is changed before the row that it is the partner of: only the first row
    // of a cycle must be kept.
    private func walk(
        _ rows: UnsafeMutablePointer<Float>, _ count: Int, _ pairs: [Pair], _ scratch: UnsafeMutablePointer<Float>,
        _ body: (Pair, UnsafeMutablePointer<Float>, UnsafePointer<Float>) -> Void
    ) {
        var isDone = [Bool](repeating: false, count: pairs.count)
        for first in pairs.indices where !isDone[first] {
            scratch.update(from: rows + first * count, count: count)
            var index = first
            while !isDone[index] {
                isDone[index] = true
                let partner = pairs[index].partner
                let other = partner == first ? scratch : rows + partner * count
                body(pairs[index], rows + index * count, other)
                index = partner
            }
        }
    }
}
