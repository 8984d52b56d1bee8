public import Augmentation

/// Another source, one input of which is changed at random on its way into batches. What is stored and read stays the
/// same.
///
/// Each row is changed by the random numbers of (seed, epoch, row), whoever does it; the seed is that of the batches.
/// Evaluation and prediction change nothing, but cut the middle out where training takes a random window.
public struct AugmentedSource: Source {
    private let base: any Source
    public let inputs: [ColumnInfo]

    init(
        _ base: any Source, _ spec: AugmentationSpec, column name: String?, isOfModel: Bool = false
    ) throws(DataError) {
        let index = try Self.column(of: base, spec, name)
        var inputs = base.inputs
        let earlier = inputs[index].augmentation
        inputs[index].augmentation = earlier.map { $0.then(spec) } ?? spec
        inputs[index].isAugmentedByModel = isOfModel || inputs[index].isAugmentedByModel
        self.base = base
        self.inputs = inputs
        if let problem = inputs[index].augmentationProblem {
            throw DataError(kind: .usage, dataset: inputs[index].name, problem)
        }
        if let mixing = spec.stages.first(where: { $0.operation.mixesSamples && $0.mixesTargets })?.operation {
            try Self.checkMixing(mixing, inputs: inputs, targets: base.targets)
        }
    }

    // The column that is meant: the one of that name, or the only one to which the spec can be applied.
    private static func column(
        of base: any Source, _ spec: AugmentationSpec, _ name: String?
    ) throws(DataError) -> Int {
        let names = base.inputs.map(\.name).joined(separator: ", ")
        if let name {
            guard let index = base.inputs.firstIndex(where: { ColumnChoice.isSame($0.name, name) }) else {
                throw DataError(
                    kind: .usage, "there is no input \"\(name)\" to augment; the inputs are \(names)")
            }
            return index
        }
        guard base.inputs.count != 1 else { return 0 }
        let fitting = base.inputs.indices.filter { index in
            var column = base.inputs[index]
            column.augmentation = spec
            return column.augmentationProblem == nil
        }
        guard fitting.count == 1 else {
            throw DataError(
                kind: .usage,
                "\(fitting.count) of the inputs \(names) can be augmented by \(spec), expected one; name the column")
        }
        return fitting[0]
    }

    // Mixtures have targets between those of two samples.
    private static func checkMixing(
        _ operation: AugmentationSpec.Operation, inputs: [ColumnInfo], targets: [ColumnInfo]
    ) throws(DataError) {
        guard inputs.count == 1 else {
            throw DataError(
                kind: .usage,
                "\(operation.name) mixes samples of one input, found \(inputs.count): "
                    + inputs.map(\.name).joined(separator: ", "))
        }
        for target in targets {
            let isNumber = target.type.isFloatingPoint || target.batchType == .float32
            guard isNumber, target.batchType != .int32 else {
                throw DataError(
                    kind: .usage, dataset: target.name,
                    "\(operation.name) mixes targets, which class numbers cannot be (\(target.summary)); make rows over "
                        + "classes of them with the conversion .oneHot(classes:) (on the command line --one-hot "
                        + "\(target.name)=CLASSES) and train with categorical_crossentropy, or make them float32 with "
                        + ".scale(1) (--scale \(target.name)=1) where they are quantities")
            }
            guard target.padding == nil else {
                throw DataError(
                    kind: .usage, dataset: target.name,
                    "\(operation.name) mixes targets of one shape, found rows of different lengths")
            }
        }
    }

    public var targets: [ColumnInfo] { base.targets }
    public var sampleWeight: ColumnInfo? { base.sampleWeight }

    // The same data: what is done to them is part of a stream's state by itself.
    public var fingerprint: String? { get throws(DataError) { try base.fingerprint } }
    public var blocks: BlockTable { base.blocks }
    public var readerBytes: Int { base.readerBytes }
    public var sharedBytes: Int { base.sharedBytes }
    public var isSequential: Bool { base.isSequential }
    public var slowColumns: [String] { base.slowColumns }
    public var readsSingleRows: Bool { base.readsSingleRows }
    public func makeReader() -> any BlockReader { base.makeReader() }
    public func location(ofRow row: Int) -> RowLocation { base.location(ofRow: row) }
}

extension Source {
    /// The same rows, changed at random while a model is trained on them; behind the column's conversion.
    ///
    ///     let source = try HDF5Source("train.h5")
    ///         .converting("images", .scale(1 / 255))
    ///         .augmented(by: [.flip(.horizontal), .shift(0.1), .rotate(15)])
    ///
    /// - Parameters:
    ///   - spec: what is done, in this order; behind what was asked for before.
    ///   - column: the input that is changed; by default the only one that can be.
    /// - Throws: `DataError` of kind `.usage` when the rows cannot be changed so, or the targets cannot be mixed.
    public func augmented(by spec: AugmentationSpec, column: String? = nil) throws(DataError) -> AugmentedSource {
        try AugmentedSource(self, spec, column: column)
    }

    /// The same, for what a model's own random layers do.
    package func augmentedByModel(_ spec: AugmentationSpec, column: String) throws(DataError) -> AugmentedSource {
        try AugmentedSource(self, spec, column: column, isOfModel: true)
    }

    /// What is done to the inputs while training, one line a column; the same text does the same. Nil where nothing is.
    public var augmentation: String? {
        let lines = inputs.compactMap { input in
            input.augmentation.map { inputs.count == 1 ? "\($0)" : "\(input.name): \($0)" }
        }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }
}
