import Memory
import NeuralNetwork
import Testing

/// `.name(…)` in place of a type's own initializer: no argument may be lost or exchanged on the way.
@Suite struct FactoryTests {
    @Test func `schedules`() {
        let pairs: [(any LearningRateSchedule, any LearningRateSchedule)] = [
            (
                .exponentialDecay(0.5, decaySteps: 7, decayRate: 0.25, staircase: true),
                ExponentialDecay(0.5, decaySteps: 7, decayRate: 0.25, staircase: true)
            ),
            (
                .inverseTimeDecay(0.5, decaySteps: 7, decayRate: 0.25, staircase: true),
                InverseTimeDecay(0.5, decaySteps: 7, decayRate: 0.25, staircase: true)
            ),
            (
                .polynomialDecay(0.5, decaySteps: 7, endLearningRate: 0.125, power: 3, cycle: true),
                PolynomialDecay(0.5, decaySteps: 7, endLearningRate: 0.125, power: 3, cycle: true)
            ),
            (
                .piecewiseConstantDecay(boundaries: [3, 5], values: [1, 2, 4]),
                PiecewiseConstantDecay(boundaries: [3, 5], values: [1, 2, 4])
            ),
            (
                .cosineDecay(0.5, decaySteps: 7, alpha: 0.25, warmupTarget: 0.75, warmupSteps: 2),
                CosineDecay(0.5, decaySteps: 7, alpha: 0.25, warmupTarget: 0.75, warmupSteps: 2)
            ),
            (
                .cosineDecayRestarts(0.5, firstDecaySteps: 7, tMul: 3, mMul: 0.5, alpha: 0.25),
                CosineDecayRestarts(0.5, firstDecaySteps: 7, tMul: 3, mMul: 0.5, alpha: 0.25)
            ),
            (
                .oneCycle(0.5, steps: 7, warmupShare: 0.25, divisor: 3, finalDivisor: 9),
                OneCycle(0.5, steps: 7, warmupShare: 0.25, divisor: 3, finalDivisor: 9)
            ),
            (
                .linearWarmup(to: Float(0.5), warmupSteps: 7, from: 0.25),
                LinearWarmup(to: Float(0.5), warmupSteps: 7, from: 0.25)
            ),
        ]
        for (short, long) in pairs { #expect(text(short) == text(long)) }
    }

    @Test func `losses`() {
        let pairs: [(any Loss, any Loss)] = [
            (
                .tversky(alpha: 0.25, beta: 0.75, axes: [1], reduction: .sum),
                Tversky(alpha: 0.25, beta: 0.75, axes: [1], reduction: .sum)
            ),
            (
                .circle(gamma: 3, margin: 0.25, removesDiagonal: false, reduction: .sum),
                Circle(gamma: 3, margin: 0.25, removesDiagonal: false, reduction: .sum)
            ),
            (.dice(axes: [2], reduction: .sum), Dice(axes: [2], reduction: .sum)),
            (.huber(delta: 3, reduction: .sum), Huber(delta: 3, reduction: .sum)),
            (.cosineSimilarity(axis: 1, reduction: .sum), CosineSimilarity(axis: 1, reduction: .sum)),
            (.ctc(labelCount: 3, reduction: .sum), CTC(labelCount: 3, reduction: .sum)),
            (
                .categoricalGeneralizedCrossEntropy(q: 0.25, reduction: .sum),
                CategoricalGeneralizedCrossEntropy(q: 0.25, reduction: .sum)
            ),
            (
                .categoricalCrossentropy(fromLogits: true, labelSmoothing: 0.25, axis: 1, reduction: .sum),
                CategoricalCrossentropy(fromLogits: true, labelSmoothing: 0.25, axis: 1, reduction: .sum)
            ),
            (
                .binaryCrossentropy(fromLogits: true, labelSmoothing: 0.25, axis: 1, reduction: .sum),
                BinaryCrossentropy(fromLogits: true, labelSmoothing: 0.25, axis: 1, reduction: .sum)
            ),
            (
                .sparseCategoricalCrossentropy(fromLogits: true, ignoredClass: 3, axis: 1, reduction: .sum),
                SparseCategoricalCrossentropy(fromLogits: true, ignoredClass: 3, axis: 1, reduction: .sum)
            ),
        ]
        for (short, long) in pairs { #expect(text(short) == text(long)) }
    }

    @Test func `metrics`() {
        let pairs: [(any Metric, any Metric)] = [
            (
                .iou(
                    numClasses: 5, targetClassIDs: [1, 3], ignoredClass: 2, sparseTarget: false,
                    sparsePrediction: false,
                    axis: 1),
                IoU(
                    numClasses: 5, targetClassIDs: [1, 3], ignoredClass: 2, sparseTarget: false,
                    sparsePrediction: false,
                    axis: 1)
            ),
            (
                .meanIoU(numClasses: 5, ignoredClass: 2, sparseTarget: false, sparsePrediction: true, axis: 1),
                MeanIoU(numClasses: 5, ignoredClass: 2, sparseTarget: false, sparsePrediction: true, axis: 1)
            ),
            (
                .fBetaScore(average: .macro, beta: 3, threshold: 0.25),
                FBetaScore(average: .macro, beta: 3, threshold: 0.25)
            ),
            (.f1Score(average: .micro, threshold: 0.25), F1Score(average: .micro, threshold: 0.25)),
            (.binaryIoU(targetClassIDs: [1], threshold: 0.25), BinaryIoU(targetClassIDs: [1], threshold: 0.25)),
            (.precision(thresholds: [0.25], classID: 3), Precision(thresholds: [0.25], classID: 3)),
            (.recall(topK: 2, classID: 3), Recall(topK: 2, classID: 3)),
            (
                .precisionAtRecall(0.25, numThresholds: 9, classID: 3),
                PrecisionAtRecall(0.25, numThresholds: 9, classID: 3)
            ),
            (
                .sensitivityAtSpecificity(0.25, numThresholds: 9, classID: 3),
                SensitivityAtSpecificity(0.25, numThresholds: 9, classID: 3)
            ),
            (
                .auc(
                    numThresholds: 9, curve: .pr, summationMethod: .majoring, multiLabel: true, labelWeights: [1, 2],
                    fromLogits: true),
                AUC(
                    numThresholds: 9, curve: .pr, summationMethod: .majoring, multiLabel: true, labelWeights: [1, 2],
                    fromLogits: true)
            ),
        ]
        for (short, long) in pairs { #expect(text(short) == text(long)) }
        // What is compared tells one setting from another.
        #expect(text(FBetaScore(average: .macro, beta: 3)) != text(FBetaScore(average: .macro, beta: 2)))
    }

    /// Type and all members.
    private func text(_ value: Any) -> String { String(reflecting: value) }
}
