import DataSource
import Memory
import NeuralNetwork

extension Model {
    /// Divides memory for a run, and plans its steps. `fit` with settings takes the result.
    ///
    /// - Parameter callbacks: those of the run: what they keep of the model counts.
    /// - Throws: `TrainingError`, of kind `.configuration` with the table when the cap is too small.
    public func plan(
        _ source: any Source, validation: (any Source)? = nil, _ settings: FitSettings, callbacks: [any Callback] = []
    ) throws(TrainingError) -> MemoryPlan {
        try plan(
            source, validation: validation, settings, callbacks: callbacks, heldBytes: ProcessMemory.heldBytes)
    }

    /// - Parameter heldBytes: what the process holds already, code left out.
    package func plan(
        _ source: any Source, validation: (any Source)?, _ settings: FitSettings, callbacks: [any Callback] = [],
        heldBytes: Int
    ) throws(TrainingError) -> MemoryPlan {
        try check(settings)
        let source = try augmented(source)
        let roles = try roles(of: source, settings.sampleWeights)
        let targetTypes = try checkSource(source, roles)
        var validationRoles: TargetRoles?
        var validationTypes: [ScalarType]?
        if let validation {
            do {
                validationRoles = try self.validationRoles(of: validation, settings.sampleWeights)
                validationTypes = try checkSource(validation, validationRoles)
            } catch {
                throw TrainingError(error.kind, "validation data: \(error.description)", underlying: error.underlying)
            }
        }
        let session = Session.of(self)
        let classWeights = try checked(settings.classWeights)?.form
        func plan(
            _ mode: StepMode, _ source: any Source, _ batchSize: Int, _ weights: ClassWeights.Form?, recomputes: Bool,
            isPart: Bool = false
        ) throws(TrainingError) -> StepPlan {
            var key = StepKey(
                mode: mode, rows: min(batchSize, max(1, source.rowCount)), inputShapes: openShapes(of: source),
                weightShape: source.sampleWeight?.batchRowShape, classWeights: weights, recomputes: recomputes)
            key.isPart = isPart
            key.outputWeights = source.outputWeights(mode == .train ? roles : validationRoles)
            return try session.plan(key, loss: nil)
        }
        func divide(_ microBatch: Int, _ recomputes: Bool) throws(TrainingError) -> MemoryPlan {
            // Where the cap decides, validation needs no larger batches than the parts of training.
            let validationBatch =
                settings.validationBatchSize ?? (settings.accumulate == nil ? microBatch : settings.batchSize)
            let isDivided = microBatch < settings.batchSize
            let isPart =
                isDivided && settings.batchNormalizationStatistics == .wholeBatch && hasBatchNormalization
            let training = try plan(
                .train, source, microBatch, classWeights, recomputes: recomputes, isPart: isPart)
            if isDivided { try training.checkParts() }
            var plans = [training]
            if let validation {
                let weights = settings.weighsValidation ? classWeights : nil
                plans.append(try plan(.test, validation, validationBatch, weights, recomputes: false))
            }
            var demand = MemoryDemand(self, plans: plans)
            // Parts of a batch add their gradients up.
            if isDivided { demand.gradients *= 1 + training.shareCount }
            demand.copies += callbacks.reduce(0) { $0 + $1.heldBytes(self) }
            var plan = try MemoryPlan.make(
                cap: settings.memory, demand: demand, source: source, validation: validation,
                validationBatchSize: validationBatch, validationTargetTypes: validationTypes,
                options: settings.batchOptions(
                    passes(over: source, settings), inputTypes: inputs.map(\.type), targetTypes: targetTypes),
                heldBytes: heldBytes)
            // Fewer parts than were asked for may do: 33 rows in parts of 5 are 7, not 8.
            plan.accumulate = (settings.batchSize - 1) / microBatch + 1
            plan.microBatch = microBatch
            plan.normalizesParts = plan.accumulate > 1 && hasBatchNormalization && !isPart
            plan.statisticsPasses = training.stages?.stages.count ?? 0
            plan.shareCount = isDivided ? training.shareCount : 1
            plan.storedActivationsBytes = training.storedArenaBytes.map { max($0, demand.activations) }
            return plan
        }
        return try StepChoice(settings).first { rows, recomputes throws(TrainingError) in
            do throws(TrainingError) {
                return try divide(rows, recomputes)
            } catch {
                if error.kind == .configuration { session.forgetPlans() }
                throw error
            }
        }
    }

    private func check(_ settings: FitSettings) throws(TrainingError) {
        func refuse(_ what: String, _ value: Int) -> TrainingError {
            TrainingError(.usage, "\(what) is \(value), expected a positive number")
        }
        guard settings.epochs >= 0, settings.initialEpoch >= 0 else {
            throw TrainingError(
                .usage,
                "epochs \(settings.epochs), initial epoch \(settings.initialEpoch): expected numbers of at least 0")
        }
        for (what, value) in [
            ("batch size", settings.batchSize), ("steps per epoch", settings.stepsPerEpoch ?? 1),
            ("accumulate", settings.accumulate ?? 1), ("validation steps", settings.validationSteps ?? 1),
            ("validation batch size", settings.validationBatchSize ?? 1),
        ] where value <= 0 {
            throw refuse(what, value)
        }
        if case .every(let count) = settings.validationFrequency, count <= 0 {
            throw refuse("validation frequency", count)
        }
    }

    /// Passes over the data that the epochs need.
    private func passes(over source: any Source, _ settings: FitSettings) -> Range<Int> {
        let (first, last) = (min(settings.initialEpoch, settings.epochs), settings.epochs)
        guard let steps = settings.stepsPerEpoch else { return first..<max(first + 1, last) }
        let batches = batches(of: source, settings)
        // More updates than anybody can wait for are as good as endless.
        func product(_ epochs: Int) -> Int {
            let (updates, overflow) = epochs.multipliedReportingOverflow(by: steps)
            return overflow ? Int.max : updates
        }
        let begin = product(first) / batches
        return begin..<max(begin + 1, (product(last) - 1) / batches + 1)
    }

    /// Batches of one pass, the last partial one included.
    func batches(of source: any Source, _ settings: FitSettings) -> Int {
        max(1, (source.rowCount - 1) / settings.batchSize + 1)
    }
}
