import DataSource
import Engine
import Memory
import NeuralNetwork

/// How memory is divided, decided before the first step.
///
/// Under a cap, the model's state and the step's activations come first; three quarters of what is left go to the shuffle
/// window, the rest to decoding and the queue. The window's size decides the order of samples, so it is a function of
/// the cap, the model and the data, and not of the number of workers. What the process holds already counts only when it
/// is far more than code and libraries, in steps of 32 MiB. If decoding with all workers does not fit beside the window,
/// fewer workers are used.
public struct MemoryPlan: Sendable {
    public let cap: ByteCount?
    /// Code, libraries and what they allocate.
    public let baseBytes: Int
    public let parametersBytes: Int
    public let gradientsBytes: Int
    public let optimizerBytes: Int
    /// Copies of weights: of one parameter when it is written, and what callbacks keep.
    public let copiesBytes: Int
    public let activationsBytes: Int
    /// Blocks that are decoded ahead, and scratch memory; validation's included.
    public let decodeBytes: Int
    /// The shuffle window.
    public let windowBytes: Int
    /// The block that validation reads from.
    let validationWindowBytes: Int
    /// Batches ready or in use; validation's included.
    public let queueBytes: Int
    /// χ² per degree of freedom of class counts in a batch, were the rows sorted by class; 1 is a uniform shuffle.
    public let chiSquaredPerDegree: Double
    /// What would shuffle better, when that figure is poor.
    public let shuffleRemedy: String?
    /// The parts in which a batch is computed, and the rows of a part.
    public internal(set) var accumulate = 1
    public internal(set) var microBatch = 0
    /// What the activations would take were all kept; nil when they are. Else some are computed again for the
    /// gradients.
    public internal(set) var storedActivationsBytes: Int?
    /// Whether batch normalization sees parts of batches.
    var normalizesParts = false
    /// The passes over the parts of a batch in which its statistics are taken together; 0 where they are not.
    public internal(set) var statisticsPasses = 0
    /// How often a part is computed: for each way in which terms of its loss are divided.
    var shareCount = 1
    /// The options of the run's batches, with the window, the queue and the workers that fit.
    package let options: BatchOptions
    /// The options of validation's batches.
    package let validationOptions: BatchOptions

    public var totalBytes: Int {
        baseBytes + parametersBytes + gradientsBytes + optimizerBytes + copiesBytes + activationsBytes + decodeBytes
            + windowBytes + validationWindowBytes + queueBytes
    }

    /// The table's rows, from what must be to what may shrink.
    public var accounts: [(name: String, bytes: Int)] {
        [
            ("base", baseBytes), ("parameters", parametersBytes), ("gradients", gradientsBytes),
            ("optimizer", optimizerBytes), ("copies", copiesBytes), ("activations", activationsBytes),
            ("decode", decodeBytes), ("window", windowBytes + validationWindowBytes), ("queue", queueBytes),
        ]
    }

    /// How batches are computed, in words; nil when each is computed at once.
    public var stepSummary: String? {
        var parts: [String] = []
        if accumulate > 1 {
            parts.append(
                "batches of \(options.batchSize) in \(accumulate) parts of \(microBatch), "
                    + "with the gradients of the whole")
            if shareCount > 1 { parts.append("each \(shareCount) times, since its losses are divided differently") }
            if statisticsPasses > 0 {
                parts.append(
                    "batch normalization uses the statistics of whole batches, in \(statisticsPasses) more passes over "
                        + "the parts")
            }
            if normalizesParts { parts.append("batch normalization uses the statistics of the parts") }
        }
        if let storedActivationsBytes {
            parts.append(
                "activations are computed twice: \(ByteCount(activationsBytes)) instead of "
                    + "\(ByteCount(storedActivationsBytes))")
        }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    /// How samples are shuffled, in words.
    public var shuffleSummary: String {
        switch options.shuffle {
        case .none: "shuffle none: the order of the data"
        case .block: "shuffle block: blocks in a new order every epoch\(quality)"
        case .window: "shuffle window of \(ByteCount(windowBytes))\(quality)"
        case .exact: "shuffle exact: a permutation of all rows\(quality)"
        }
    }

    private var quality: String {
        let tenths = Int((chiSquaredPerDegree * 100).rounded())
        return ", χ²/df \(Double(tenths) / 100) on data sorted by class (1 is a uniform shuffle)"
            + (shuffleRemedy.map { "; \($0)" } ?? "")
    }

    /// Code and constants in use: what `ResidentGuard` leaves.
    static let codeReserve = 20 << 20

    /// What the process holds besides the ledger's accounts: oneDNN's generated code, thread stacks, tables, the
    /// allocator's slack. Measured at 10 to 17 MiB on the benchmark's models.
    static let heldReserve = 24 << 20

    /// The base for this process: code and the reserve, or more when the process already holds more (a program that uses
    /// the library beside its own data), in steps that hide small differences from run to run.
    static func base(held: Int) -> Int {
        let (step, margin) = (32 << 20, 8 << 20)
        let steps = max(0, held + margin - heldReserve + step - 1) / step
        return codeReserve + heldReserve + steps * step
    }
}

/// What a plan divides memory among.
package struct MemoryDemand {
    package var parameters = 0
    package var gradients = 0
    package var optimizer = 0
    /// Of weights.
    package var copies = 0
    package var activations = 0

    package init() {}

    /// What a model holds while it trains (or only predicts), given the plans of its steps.
    init(_ model: Model, plans: [StepPlan]) {
        parameters = model.store.count * 4
        copies = (model.store.entries.map(\.shape.elementCount).max() ?? 0) * 4
        activations = plans.map(\.arenaBytes).max() ?? 0
        guard plans.contains(where: { $0.mode == .train }) else {
            // Planning moves the weights, and holds them twice before there are activations.
            activations = max(activations, parameters)
            return
        }
        gradients = parameters
        optimizer = model.optimizerStateBytes + model.optimizerWorkspaceBytes
    }

    var total: Int { parameters + gradients + optimizer + copies + activations }

    /// What another optimizer would save, for a message about a cap that is too small; empty when nothing.
    var statelessAdvice: String {
        guard optimizer > 0 else { return "" }
        return "; an optimizer that keeps no state, SGD without momentum, needs \(ByteCount(optimizer)) less"
    }
}

extension MemoryPlan {
    /// Divides memory for a run over `source`, with `validation` beside it.
    ///
    /// - Parameter heldBytes: what the process holds already, code left out.
    /// - Throws: a `.configuration` error with the table and the smallest cap that works.
    package static func make(
        cap: MemoryCap, demand: MemoryDemand, source: any Source, validation: (any Source)?,
        validationBatchSize: Int? = nil, validationTargetTypes: [ScalarType]? = nil, options: BatchOptions,
        heldBytes: Int = ProcessMemory.heldBytes
    ) throws(TrainingError) -> MemoryPlan {
        let base = base(held: heldBytes - demand.parameters)
        var validationOptions = options
        validationOptions.batchSize = validationBatchSize ?? options.batchSize
        if let validationTargetTypes { validationOptions.targetTypes = validationTargetTypes }
        validationOptions.shuffle = .none
        validationOptions.epochs = 0..<1
        validationOptions.windowBytes = 0
        validationOptions.augments = false
        validationOptions.decodeWorkers = min(2, options.decodeWorkers)
        validationOptions.queueBytes = min(options.queueBytes, 4 << 20)
        func plan(_ options: BatchOptions, _ validationOptions: BatchOptions) -> MemoryPlan {
            let quality = ShuffleQuality.chiSquaredPerDegree(of: source, options: options)
            let stream = StreamPlan(source, options: options)
            let beside = validation.map { StreamPlan($0, options: validationOptions) }
            return MemoryPlan(
                cap: cap.byteCount, baseBytes: base, parametersBytes: demand.parameters,
                gradientsBytes: demand.gradients, optimizerBytes: demand.optimizer, copiesBytes: demand.copies,
                activationsBytes: demand.activations,
                decodeBytes: stream.decodeBytes + (beside?.decodeBytes ?? 0), windowBytes: stream.windowBytes,
                validationWindowBytes: beside?.windowBytes ?? 0,
                queueBytes: stream.queueBytes + (beside?.queueBytes ?? 0),
                chiSquaredPerDegree: quality,
                shuffleRemedy: ShuffleQuality.remedy(for: quality, of: source, options: options),
                options: options, validationOptions: validationOptions)
        }
        guard let cap = cap.byteCount else { return plan(options, validationOptions) }

        // The least that works: one worker, two batches, one block.
        var least = options
        least.decodeWorkers = 1
        least.windowBytes = 0
        least.queueBytes = 0
        var leastValidation = validationOptions
        leastValidation.decodeWorkers = 1
        leastValidation.queueBytes = 0
        let minimum = plan(least, leastValidation)
        guard minimum.totalBytes <= cap.bytes else {
            let smallest = ByteCount.mebibytes((minimum.totalBytes + (1 << 20) - 1) >> 20)
            throw TrainingError(
                .configuration,
                "a memory cap of \(cap) is too small: this model and these data need\n\(minimum.table)\n"
                    + "the smallest cap that works is \(smallest.bytes >> 20)MiB; smaller batches or chunks need less"
                    + demand.statelessAdvice,
                underlying: CapRefusal(smallest: smallest))
        }
        let rest = cap.bytes - (minimum.totalBytes - minimum.windowBytes)
        var chosen = options
        chosen.windowBytes = min(options.windowBytes, max(minimum.windowBytes, rest / 4 * 3))
        // Workers and queue take what is left; neither changes the order of samples.
        for workers in stride(from: options.decodeWorkers, through: 1, by: -1) {
            chosen.decodeWorkers = workers
            for queueBytes in [options.queueBytes, options.queueBytes / 4, 0] {
                chosen.queueBytes = queueBytes
                let candidate = plan(chosen, workers == 1 && queueBytes == 0 ? leastValidation : validationOptions)
                if candidate.totalBytes <= cap.bytes { return candidate }
            }
        }
        return plan(least, leastValidation)
    }
}
