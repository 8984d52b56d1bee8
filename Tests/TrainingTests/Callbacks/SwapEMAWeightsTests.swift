import DataSource
import NeuralNetwork
import Testing
import Training

@Suite struct SwapEMAWeightsTests {
    /// Writes down the weight of the tiny model at some hooks.
    private final class Watcher: Callback {
        var updates: [Float] = []
        var validations: [Float] = []
        var epochs: [Float] = []

        func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) {
            updates.append(CallbackHarness.weight(run.model))
        }
        func validationBatchDidEnd(_ run: TrainingRun) { validations.append(CallbackHarness.weight(run.model)) }
        func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) {
            epochs.append(CallbackHarness.weight(run.model))
        }
    }

    /// Averages of weights after each update.
    private func averages(_ weights: [Float], _ momentum: Float) -> [Float] {
        var average = weights[0]
        return weights.enumerated().map { index, weight in
            if index > 0 { average = momentum * average + (1 - momentum) * weight }
            return average
        }
    }

    @Test(arguments: [false, true]) func `validates with the averages and trains with the weights`(onEpoch: Bool) throws
    {
        let (plain, watcher) = (Watcher(), Watcher())
        try CallbackHarness.fit(CallbackHarness.model(), epochs: 3, callbacks: [plain])
        let model = try CallbackHarness.model()
        try CallbackHarness.fit(
            model, epochs: 3, callbacks: [try SwapEMAWeights(momentum: 0.8, swapOnEpoch: onEpoch), watcher])
        #expect(watcher.updates == plain.updates)
        let expected = averages(plain.updates, 0.8)
        for epoch in 0..<3 {
            let average = expected[epoch * 3 + 2]
            #expect(abs(watcher.validations[epoch * 2] - average) < 1e-6)
            #expect(abs(watcher.epochs[epoch] - (onEpoch ? average : plain.updates[epoch * 3 + 2])) < 1e-6)
        }
        #expect(abs(CallbackHarness.weight(model) - expected[8]) < 1e-6)
        #expect(model.ledger.granted(to: .optimizer) == 0)
    }

    @Test(arguments: [false, true]) func `goes on from its state after any epoch`(onEpoch: Bool) throws {
        let whole = try CallbackHarness.model()
        try CallbackHarness.fit(
            whole, epochs: 4, callbacks: [try SwapEMAWeights(momentum: 0.8, swapOnEpoch: onEpoch)])
        for handOver in 1..<4 {
            // The state when the epoch had ended, and the weights at that moment.
            var kept: (state: CallbackState, weights: [[Float]])?
            let first = try SwapEMAWeights(momentum: 0.8, swapOnEpoch: onEpoch)
            let keeper = LambdaCallback(epochDidEnd: { report, run in
                if report.epoch == handOver { kept = (first.state, run.model.weights.map(\.values)) }
            })
            try CallbackHarness.fit(CallbackHarness.model(), epochs: handOver, callbacks: [first, keeper])
            let model = try CallbackHarness.model()
            try model.setWeights(kept!.weights)
            let second = try SwapEMAWeights(momentum: 0.8, swapOnEpoch: onEpoch)
            second.restore(kept!.state)
            model.setIterations(handOver * 3)
            try CallbackHarness.fit(model, epochs: 4, callbacks: [second], initialEpoch: handOver)
            #expect(CallbackHarness.weight(model) == CallbackHarness.weight(whole), "after epoch \(handOver)")
        }
    }

    @Test func `an update of gradients that waited at the end of an epoch counts`() throws {
        let model = try CallbackHarness.model()
        let run = TrainingRun(model, epochs: 1, callbacks: [try SwapEMAWeights(momentum: 0.5)])
        try run.begin()
        _ = try run.beginEpoch()
        func batch() throws -> Batch {
            try Batch(
                inputs: [ArrayColumn("x", [1, 2] as [Float], rowShape: [1])],
                targets: [ArrayColumn("y", [2, 4] as [Float], rowShape: [1])])
        }
        try run.train(try batch())
        let first = CallbackHarness.weight(model)
        try run.train(try batch(), accumulate: true)
        try model.applyAccumulated()
        let second = CallbackHarness.weight(model)
        var validated: Float = 0
        func logs() throws -> Logs {
            validated = CallbackHarness.weight(model)
            return Logs(loss: 0)
        }
        try run.endEpoch(validation: try logs())
        #expect(first != second && abs(validated - (first + second) / 2) < 1e-6)
        #expect(CallbackHarness.weight(model) == second)
        try run.end()
        #expect(CallbackHarness.weight(model) == validated)
    }

    @Test func `batches whose gradients wait are no updates`() throws {
        let callback = try SwapEMAWeights(momentum: 0.5)
        let model = try CallbackHarness.model()
        let run = TrainingRun(model, epochs: 1, callbacks: [callback])
        try run.begin()
        _ = try run.beginEpoch()
        let stream = try ArraySourceOfOnes.make().batches(of: 1, shuffle: .none)
        var weights: [Float] = []
        for index in 0..<6 {
            guard let batch = try stream.next() else { break }
            try run.train(batch, accumulate: index % 2 == 0)
            if index % 2 == 1 { weights.append(CallbackHarness.weight(model)) }
        }
        try run.endEpoch()
        try run.end()
        #expect(weights.count == 3)
        #expect(abs(CallbackHarness.weight(model) - averages(weights, 0.5)[2]) < 1e-6)
    }

    @Test func `a validation that is interrupted leaves the averages, and the end puts them in once`() throws {
        let model = try CallbackHarness.model()
        let watcher = Watcher()
        let breaker = LambdaCallback(validationBatchDidEnd: { $0.interrupt() })
        try CallbackHarness.fit(model, epochs: 3, callbacks: [try SwapEMAWeights(momentum: 0.8), watcher, breaker])
        #expect(watcher.epochs == [watcher.updates[2]])
        #expect(abs(CallbackHarness.weight(model) - averages(watcher.updates, 0.8)[2]) < 1e-6)
    }

    @Test func `a momentum that is none, and averages of another model, are refused`() throws {
        #expect(throws: TrainingError.self) { try SwapEMAWeights(momentum: 1.5) }
        let callback = try SwapEMAWeights()
        callback.restore(CallbackState(numbers: ["averages_count": 1], arrays: ["averages_0": [1, 2]]))
        let error = #expect(throws: TrainingError.self) {
            try CallbackHarness.fit(CallbackHarness.model(), epochs: 1, callbacks: [callback])
        }
        #expect(error!.description.contains("[2]") && error!.description.contains("[1]"))
    }
}

extension Model {
    fileprivate func setIterations(_ count: Int) { iterations = count }
}
