public import DataSource

/// A closure for each hook that is wanted. Keras's callback of this name.
///
///     LambdaCallback(epochDidEnd: { report, run in if report.logs.loss < 0.01 { run.stop() } })
public final class LambdaCallback: Callback {
    public typealias Hook = (TrainingRun) throws -> Void

    private let onTrainBegin: Hook?
    private let onEpochBegin: Hook?
    private let onBatchBegin: Hook?
    private let onBatchEnd: ((BatchReport, TrainingRun) throws -> Void)?
    private let onSkippedBlock: ((DataError, TrainingRun) throws -> Void)?
    private let onValidationBegin: Hook?
    private let onValidationBatchBegin: Hook?
    private let onValidationBatchEnd: Hook?
    private let onValidationEnd: ((Logs, TrainingRun) throws -> Void)?
    private let onPredictionBegin: Hook?
    private let onPredictionBatchBegin: Hook?
    private let onPredictionBatchEnd: Hook?
    private let onPredictionEnd: Hook?
    private let onEpochEnd: ((inout EpochReport, TrainingRun) throws -> Void)?
    private let onNote: ((String, TrainingRun) throws -> Void)?
    private let onTrainEnd: Hook?
    private let onTrainFailure: ((any Error, TrainingRun) -> Void)?

    public init(
        trainWillBegin: Hook? = nil, epochWillBegin: Hook? = nil, batchWillBegin: Hook? = nil,
        batchDidEnd: ((BatchReport, TrainingRun) throws -> Void)? = nil,
        blockWasSkipped: ((DataError, TrainingRun) throws -> Void)? = nil,
        validationWillBegin: Hook? = nil, validationBatchWillBegin: Hook? = nil, validationBatchDidEnd: Hook? = nil,
        validationDidEnd: ((Logs, TrainingRun) throws -> Void)? = nil, predictionWillBegin: Hook? = nil,
        predictionBatchWillBegin: Hook? = nil, predictionBatchDidEnd: Hook? = nil, predictionDidEnd: Hook? = nil,
        epochDidEnd: ((inout EpochReport, TrainingRun) throws -> Void)? = nil,
        noteWasMade: ((String, TrainingRun) throws -> Void)? = nil, trainDidEnd: Hook? = nil,
        trainDidFail: ((any Error, TrainingRun) -> Void)? = nil
    ) {
        onTrainBegin = trainWillBegin
        onEpochBegin = epochWillBegin
        onBatchBegin = batchWillBegin
        onBatchEnd = batchDidEnd
        onSkippedBlock = blockWasSkipped
        onValidationBegin = validationWillBegin
        onValidationBatchBegin = validationBatchWillBegin
        onValidationBatchEnd = validationBatchDidEnd
        onValidationEnd = validationDidEnd
        onPredictionBegin = predictionWillBegin
        onPredictionBatchBegin = predictionBatchWillBegin
        onPredictionBatchEnd = predictionBatchDidEnd
        onPredictionEnd = predictionDidEnd
        onEpochEnd = epochDidEnd
        onNote = noteWasMade
        onTrainEnd = trainDidEnd
        onTrainFailure = trainDidFail
    }

    public func trainWillBegin(_ run: TrainingRun) throws { try onTrainBegin?(run) }
    public func epochWillBegin(_ run: TrainingRun) throws { try onEpochBegin?(run) }
    public func batchWillBegin(_ run: TrainingRun) throws { try onBatchBegin?(run) }
    public func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) throws { try onBatchEnd?(report, run) }
    public func blockWasSkipped(_ error: DataError, _ run: TrainingRun) throws { try onSkippedBlock?(error, run) }
    public func validationWillBegin(_ run: TrainingRun) throws { try onValidationBegin?(run) }
    public func validationBatchWillBegin(_ run: TrainingRun) throws { try onValidationBatchBegin?(run) }
    public func validationBatchDidEnd(_ run: TrainingRun) throws { try onValidationBatchEnd?(run) }
    public func validationDidEnd(_ logs: Logs, _ run: TrainingRun) throws { try onValidationEnd?(logs, run) }
    public func predictionWillBegin(_ run: TrainingRun) throws { try onPredictionBegin?(run) }
    public func predictionBatchWillBegin(_ run: TrainingRun) throws { try onPredictionBatchBegin?(run) }
    public func predictionBatchDidEnd(_ run: TrainingRun) throws { try onPredictionBatchEnd?(run) }
    public func predictionDidEnd(_ run: TrainingRun) throws { try onPredictionEnd?(run) }
    public func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) throws { try onEpochEnd?(&report, run) }
    public func noteWasMade(_ note: String, _ run: TrainingRun) throws { try onNote?(note, run) }
    public func trainDidEnd(_ run: TrainingRun) throws { try onTrainEnd?(run) }
    public func trainDidFail(_ error: any Error, _ run: TrainingRun) { onTrainFailure?(error, run) }
}
