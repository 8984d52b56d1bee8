import Engine
import Memory
import NeuralNetwork

/// Which memory an update goes through: runs of weights that one call of an optimizer changes.
final class UpdateLayout {
    /// One call.
    struct Segment {
        /// Which of the optimizer's parts makes it.
        let part: Int
        /// The first parameter.
        let parameter: Int
        var range: Range<Int>
        var variables: [OptimizerVariable]
        /// Per unit of step size.
        let decay: Float?
        let slots: [UnsafeMutablePointer<Float>]
        let average: UnsafeMutablePointer<Float>?
        let accumulator: UnsafeMutablePointer<Float>?
        let access: OptimizerAccess
        /// For a variable that must be row-major and is not.
        let copies: RowMajorCopies?
    }

    let segments: [Segment]
    /// Under which name the numbers of a part are kept; nil where it has none.
    let numberNames: [String?]
    private let versions: [Int]

    /// - Throws: `TrainingError` when the optimizer is set to something that cannot work.
    init(_ optimizer: any Optimizer, _ model: Model, _ parameters: [Int], _ slots: SlotStore) throws(TrainingError) {
        let store = model.store
        let parts = optimizer.parts
        let variables = parameters.map { model.variable($0) }
        if let problem = optimizer.problem ?? optimizer.problem(for: variables) {
            throw TrainingError(.usage, problem)
        }
        // The gradients' memory is made at its first use.
        _ = store.gradients
        var segments: [Segment] = []
        do {
            try slots.require(OptimizerState.demands(optimizer, model, parameters))
            for (index, variable) in zip(parameters, variables) {
                let segment = try Self.segment(index, variable, parts, optimizer.part(for: variable), store, slots)
                if let last = segments.last, Self.canJoin(last, segment, parts[segment.part]) {
                    segments[segments.count - 1].range = last.range.lowerBound..<segment.range.upperBound
                    segments[segments.count - 1].variables.append(variable)
                } else {
                    segments.append(segment)
                }
            }
        } catch {
            throw TrainingError(.engine, "preparing the update of weights: \(error)", underlying: error)
        }
        self.segments = segments
        numberNames = parts.enumerated().map { $1.numbers.isEmpty ? nil : OptimizerState.numbers(ofPart: $0) }
        for (name, part) in zip(numberNames, parts) {
            if let name, slots.numbers[name] == nil { slots.numbers[name] = part.numbers }
        }
        versions = Self.versions(store, slots)
    }

    /// Whether the memory is still where it was, and the same parameters are trained.
    func isCurrent(_ store: ParameterStore, _ slots: SlotStore) -> Bool {
        versions[0] == store.generation && versions[1] == slots.generation && versions[2] == store.trainableVersion
    }

    private static func versions(_ store: ParameterStore, _ slots: SlotStore) -> [Int] {
        [store.generation, slots.generation, store.trainableVersion]
    }

    private static func segment(
        _ index: Int, _ variable: OptimizerVariable, _ parts: [any Optimizer], _ part: Int, _ store: ParameterStore,
        _ slots: SlotStore
    ) throws -> Segment {
        let optimizer = parts[part]
        let entry = store.entries[index]
        let access = optimizer.access(to: variable)
        return Segment(
            part: part, parameter: index, range: entry.offset..<entry.offset + entry.extent, variables: [variable],
            decay: optimizer.weightDecay(for: variable),
            slots: optimizer.slots(for: variable).filter { $0.storage != .absent }.map {
                slots.values($0.name, index)!.baseAddress!
            },
            average: optimizer.options.movingAverage.map { _ in
                slots.values(OptimizerState.average, index)!.baseAddress!
            },
            accumulator: optimizer.options.accumulationSteps.map { _ in
                slots.values(OptimizerState.accumulator, index)!.baseAddress!
            }, access: access, copies: access == .rowMajor ? try RowMajorCopies(entry) : nil)
    }

    /// Whether the second segment's memory lies behind the first one's, and both are treated alike.
    private static func canJoin(_ first: Segment, _ second: Segment, _ optimizer: any Optimizer) -> Bool {
        // A norm is one variable's own.
        if case .norm = optimizer.options.clipping { return false }
        func follows(_ left: UnsafeMutablePointer<Float>?, _ right: UnsafeMutablePointer<Float>?) -> Bool {
            left.map { $0 + first.range.count } == right
        }
        return first.part == second.part && first.access == .elements && second.access == .elements
            && first.decay == second.decay && first.range.upperBound == second.range.lowerBound
            && first.slots.count == second.slots.count && zip(first.slots, second.slots).allSatisfy(follows)
            && follows(first.average, second.average) && follows(first.accumulator, second.accumulator)
    }
}

extension Optimizer {
    /// What is wrong with the choice of an optimizer for some variables.
    func problem(for variables: [OptimizerVariable]) -> String? {
        switch self {
        case let multiple as MultiOptimizer: multiple.problem(for: variables)
        case let scaled as LossScaleOptimizer: scaled.inner.problem(for: variables)
        default: nil
        }
    }
}

extension Model {
    /// Bytes of what the optimizer remembers of the trained parameters.
    var optimizerStateBytes: Int {
        guard let optimizer = compilation?.optimizer else { return 0 }
        let trained = parameters.indices.filter { store.isTrainable($0) }
        return OptimizerState.demands(optimizer, self, trained).reduce(0) { sum, demand in
            switch demand.form {
            case .likeWeights: sum + store.entries[demand.parameter].extent * 4
            case .rowMajor(let shape): sum + (shape.elementCount + 15) / 16 * 64
            }
        }
    }

    /// Bytes of scratch memory that the largest update takes: the optimizer's own, and row-major copies of weights and
    /// gradients.
    var optimizerWorkspaceBytes: Int {
        guard let optimizer = compilation?.optimizer else { return 0 }
        let inner = (optimizer as? LossScaleOptimizer)?.inner ?? optimizer
        let parts = inner.parts
        return parameters.indices.filter { store.isTrainable($0) }.map { index in
            let variable = variable(index)
            let part = parts[inner.part(for: variable)]
            let copies = part.access(to: variable) == .rowMajor ? 2 * variable.shape.elementCount : 0
            return 4 * (part.workspaceCount(for: variable) + copies)
        }.max() ?? 0
    }
}
