internal import Augmentation
import Memory

/// What is done to the rows of a column behind their conversion.
struct ColumnAugmenter: Sendable {
    /// What is done when the whole batch is there.
    enum Later: Sendable {
        /// With the targets, or only the rows of the column.
        case mix(BatchMixer, targets: Bool)
        case rows(Augmenter)
    }

    /// The changes of single rows before any mixture.
    let rows: Augmenter
    let later: [Later]

    /// What is done to every row where nothing is augmented.
    private let centered: DrawnAugmentation

    /// Whether rows are changed at random; else they have their middle cut out where the shape asks for it.
    private let augments: Bool

    /// - Throws: what the spec cannot do to such rows.
    init(
        _ spec: AugmentationSpec, of column: ColumnInfo, seed: UInt64, augments: Bool
    ) throws(AugmentationError) {
        func augmenter(
            _ spec: AugmentationSpec, _ shape: Shape, first: Int
        ) throws(AugmentationError) -> Augmenter {
            try Augmenter(
                spec, rowShape: shape, type: .float32, valueRange: column.valueRange, seed: seed,
                firstStream: 1 + first)
        }
        var shape = column.rowShape
        var phases = spec.phases
        var before = AugmentationSpec([])
        if let first = phases.first, !first.spec.mixesSamples {
            before = first.spec
            phases.removeFirst()
        }
        rows = try augmenter(before, shape, first: 0)
        centered = rows.centered
        shape = rows.outputShape
        var later: [Later] = []
        for phase in phases {
            if phase.spec.mixesSamples {
                let mixer = try BatchMixer(
                    phase.spec.operations[0], rowShape: shape, channelsFirst: phase.spec.stages[0].channelsFirst,
                    seed: seed, stream: 1 + phase.first)
                later.append(.mix(mixer, targets: phase.spec.stages[0].mixesTargets))
            } else {
                let changes = try augmenter(phase.spec, shape, first: phase.first)
                guard changes.outputShape == shape else {
                    throw AugmentationError(
                        "\(phase.spec) changes the shape of rows that were mixed, or had their channels elsewhere; write it "
                            + "before mixup and cutmix, and among what has its channels in the same place")
                }
                later.append(.rows(changes))
            }
        }
        self.later = augments ? later : []
        self.augments = augments
    }

    /// Scratch memory of one worker: a converted row and what the changes need.
    var scratchBytes: Int {
        let most = later.reduce(rows.scratchBytes) { most, step in
            if case .rows(let augmenter) = step { max(most, augmenter.scratchBytes) } else { most }
        }
        return rows.inputBytes + most + 64
    }

    /// Whether a converted row may stay as it is.
    var isIdentity: Bool { augments ? rows.spec.operations.isEmpty : rows.outputShape == rows.inputShape }

    /// Changes a converted row.
    func apply(
        to row: UnsafeRawBufferPointer, epoch: Int, number: Int, into target: UnsafeMutableRawBufferPointer,
        scratch: GrowableBytes
    ) {
        if augments {
            rows.apply(row, epoch: epoch, sample: number, into: target, scratch: scratch)
        } else {
            rows.apply(centered, to: row, into: target, scratch: scratch)
        }
    }
}

/// Memory of one worker for rows on their way.
final class AugmentationScratch {
    let row: AlignedBuffer
    let bytes = GrowableBytes()

    /// - Parameter rowBytes: of the longest row.
    init(rowBytes: Int) { row = AlignedBuffer(byteCount: rowBytes) }
}
