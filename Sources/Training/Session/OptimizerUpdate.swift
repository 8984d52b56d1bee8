import CKernels
import Engine
import Memory
import NeuralNetwork

/// What an update does to a model: the optimizer follows the gradients of the last step.
///
/// In Keras's order: gradients are accumulated, clipped, the weights decayed, the formula applied, the averages moved.
/// Constraints follow; they are the session's. Allocates nothing once its layout is made.
package final class OptimizerUpdate {
    unowned let model: Model
    let slots: SlotStore
    private let chosen: [Int]?
    private let workspace: OptimizerWorkspace
    /// Row-major copies of weights and gradients.
    private let copies: OptimizerWorkspace
    private var layout: UpdateLayout?

    /// - Parameters:
    ///   - slots: what the optimizer remembers; the model's own by default.
    ///   - parameters: what is updated; all that is trained by default.
    package init(_ model: Model, slots: SlotStore? = nil, parameters: [Int]? = nil) {
        self.model = model
        self.slots = slots ?? model.store.slots
        chosen = parameters
        workspace = OptimizerWorkspace(ledger: model.ledger)
        copies = OptimizerWorkspace(ledger: model.ledger)
    }

    /// One update, counted in the model's `iterations`. Does nothing for a model without an optimizer.
    ///
    /// Returns whether weights may have changed: a loss scale leaves updates out.
    /// - Throws: `TrainingError` when the optimizer is set to something that cannot work.
    @discardableResult
    package func apply() throws(TrainingError) -> Bool {
        guard let optimizer = model.compilation?.optimizer else { return false }
        guard try apply(optimizer, iteration: model.iterations) else { return false }
        model.iterations += 1
        return true
    }

    /// Makes places for all that the model's optimizer remembers.
    func makeSlots() throws(TrainingError) {
        guard let optimizer = model.compilation?.optimizer else { return }
        _ = try currentLayout(optimizer)
    }

    /// Makes the layout anew before the next update: an optimizer has other slots or options.
    func invalidate() { layout = nil }

    /// The update after `iteration` others.
    func apply(_ optimizer: any Optimizer, iteration: Int) throws(TrainingError) -> Bool {
        let layout = try currentLayout(optimizer)
        guard let scaled = optimizer as? LossScaleOptimizer else {
            update(optimizer, layout, iteration)
            return true
        }
        let name = LossScaleState.name
        var state = LossScaleState(slots.numbers[name], initialScale: scaled.initialScale)
        let isFinite = layout.segments.allSatisfy { segment in
            millrace_all_finite(
                model.store.gradients.baseAddress! + segment.range.lowerBound, segment.range.count, state.scale)
        }
        if isFinite { update(optimizer, layout, iteration) }
        state.advance(isFinite: isFinite, growthSteps: scaled.dynamicGrowthSteps)
        if slots.numbers[name] == nil { slots.numbers[name] = state.numbers }
        // In place: a new array would be an allocation of every update.
        slots.numbers[name]![0] = Float(state.steps)
        slots.numbers[name]![1] = state.scale
        return isFinite
    }

    private func currentLayout(_ optimizer: any Optimizer) throws(TrainingError) -> UpdateLayout {
        if let layout, layout.isCurrent(model.store, slots) { return layout }
        let parameters = chosen ?? model.parameters.indices.filter { model.store.isTrainable($0) }
        let made = try UpdateLayout(optimizer, model, parameters, slots)
        layout = made
        return made
    }

    private func update(_ optimizer: any Optimizer, _ layout: UpdateLayout, _ iteration: Int) {
        if let scaled = optimizer as? LossScaleOptimizer { return update(scaled.inner, layout, iteration) }
        // `parts` of an optimizer that is its only one would be a new array.
        guard layout.numberNames.count > 1 || optimizer is MultiOptimizer else {
            return update(part: 0, optimizer, layout, iteration)
        }
        for (index, part) in optimizer.parts.enumerated() { update(part: index, part, layout, iteration) }
    }

    /// The update of the variables of one part.
    private func update(part: Int, _ optimizer: any Optimizer, _ layout: UpdateLayout, _ iteration: Int) {
        let options = optimizer.options
        let steps = options.accumulationSteps ?? 1
        let updates = iteration / steps
        var rule = OptimizerRun.Rule()
        var isUpdate = true
        if steps > 1 {
            isUpdate = (iteration + 1) % steps == 0
            accumulate(layout, part, isUpdate: isUpdate)
            rule.scale = 1 / Float(steps)
        }
        if isUpdate {
            clipGlobally(options.clipping, layout, part, &rule)
            let rate = optimizer.learningRate(at: iteration)
            var numbers: [Float] = []
            if let name = layout.numberNames[part] {
                optimizer.begin(&slots.numbers[name]!, iteration: updates)
                numbers = slots.numbers[name]!
            }
            for segment in layout.segments where segment.part == part {
                step(segment, optimizer, rule, rate, updates, numbers)
            }
        }
        if let average = options.movingAverage { move(average, layout, part, updates) }
    }

    /// Adds gradients to the sums; before an update the other way round, and the sums begin anew.
    private func accumulate(_ layout: UpdateLayout, _ part: Int, isUpdate: Bool) {
        let gradients = model.store.gradients.baseAddress!
        for segment in layout.segments where segment.part == part {
            let (sums, count) = (segment.accumulator!, segment.range.count)
            if isUpdate {
                millrace_drain(gradients + segment.range.lowerBound, sums, count)
            } else {
                millrace_blend(sums, gradients + segment.range.lowerBound, count, 1, 1)
            }
        }
    }

    /// A bound for every element, or one factor for all gradients of a part.
    private func clipGlobally(
        _ clipping: OptimizerOptions.Clipping?, _ layout: UpdateLayout, _ part: Int, _ rule: inout OptimizerRun.Rule
    ) {
        switch clipping {
        case .value(let bound) where bound > 0: rule.limit = bound
        case .globalNorm(let bound) where bound > 0:
            var squares = 0.0
            for segment in layout.segments where segment.part == part { squares += self.squares(segment) }
            let norm = Float(squares.squareRoot()) * rule.scale
            // What is not finite spoils everything, as in Keras.
            rule.scale *= norm.isFinite ? bound * min(1 / norm, 1 / bound) : .nan
        default: break
        }
    }

    private func squares(_ segment: UpdateLayout.Segment) -> Double {
        millrace_sum_squares(model.store.gradients.baseAddress! + segment.range.lowerBound, segment.range.count)
    }

    private func step(
        _ segment: UpdateLayout.Segment, _ optimizer: any Optimizer, _ common: OptimizerRun.Rule, _ rate: Float,
        _ updates: Int, _ numbers: [Float]
    ) {
        var rule = common
        if case .norm(let bound) = optimizer.options.clipping, bound > 0 {
            let norm = Float(squares(segment).squareRoot()) * rule.scale
            rule.scale *= norm.isNaN ? .nan : bound / max(norm, bound)
        }
        rule.decay = (segment.decay ?? 0) * rate
        var weights = UnsafeMutableBufferPointer(rebasing: model.store.weights[segment.range])
        var gradients = UnsafeMutableBufferPointer(rebasing: model.store.gradients[segment.range])
        let own = weights.baseAddress!
        if let copies = segment.copies {
            let count = segment.variables[0].shape.elementCount
            let plain = (self.copies.floats(0, count: count), self.copies.floats(1, count: count))
            copies.toRowMajor(own, plain.0.baseAddress!)
            copies.toRowMajor(gradients.baseAddress!, plain.1.baseAddress!)
            (weights, gradients) = plain
        } else if segment.access == .rowMajor {
            let count = segment.variables[0].shape.elementCount
            weights = UnsafeMutableBufferPointer(rebasing: weights[..<count])
            gradients = UnsafeMutableBufferPointer(rebasing: gradients[..<count])
        }
        segment.slots.withUnsafeBufferPointer { slots in
            var run = OptimizerRun(
                weights: weights, gradients: gradients, slots: slots, variables: segment.variables, learningRate: rate,
                iteration: updates, numbers: numbers, rule: rule, workspace: workspace)
            if !optimizer.appliesRule { run.applyRule() }
            optimizer.update(run)
        }
        if let copies = segment.copies { copies.fromRowMajor(weights.baseAddress!, own) }
    }

    private func move(
        _ average: OptimizerOptions.MovingAverage, _ layout: UpdateLayout, _ part: Int, _ updates: Int
    ) {
        let momentum = updates == 0 ? 0 : average.momentum
        let overwrites = average.overwriteFrequency.map { (updates + 1) % $0 == 0 } ?? false
        let weights = model.store.weights.baseAddress!
        for segment in layout.segments where segment.part == part {
            let (own, count) = (weights + segment.range.lowerBound, segment.range.count)
            millrace_blend(segment.average!, own, count, momentum, 1 - momentum)
            if overwrites { own.update(from: segment.average!, count: count) }
        }
    }
}
