import JSONText
import NeuralNetwork
import Testing
import Training

/// ReduceLROnPlateau and LearningRateScheduler against Keras's: `fixtures/goldens/callbacks.json`.
@Suite struct LearningRateCallbackTests {
    static let cases = CallbackHarness.cases("plateau").map(\.name)

    private func callback(_ settings: JSONValue) throws -> ReduceLROnPlateau {
        try ReduceLROnPlateau(
            factor: settings["factor"]?.doubleValue ?? 0.1, patience: settings["patience"]?.integerValue ?? 10,
            mode: CallbackHarness.mode(settings), minDelta: settings["min_delta"]?.doubleValue ?? 1e-4,
            cooldown: settings["cooldown"]?.integerValue ?? 0, minLR: settings["min_lr"]?.doubleValue ?? 0)
    }

    private func rates(_ golden: JSONValue, handOver: Int?) throws -> [Double] {
        let model = try CallbackHarness.model()
        var callback = try callback(golden["settings"]!)
        var run = TrainingRun(model, epochs: 100, callbacks: [callback])
        try run.begin()
        var rates: [Double] = []
        for (epoch, figure) in golden["figures"]!.arrayValue!.enumerated() {
            if epoch == handOver {
                let state = callback.state
                callback = try self.callback(golden["settings"]!)
                run = TrainingRun(model, epochs: 100, initialEpoch: epoch, callbacks: [callback])
                callback.restore(state)
                try run.begin()
            }
            _ = try run.beginEpoch()
            let before = model.learningRate!
            var report = CallbackHarness.report(epoch + 1, [("loss", 1), ("val_loss", figure.doubleValue!)])
            try callback.epochDidEnd(&report, run)
            #expect(report["learning_rate"] == Double(before))
            rates.append(Double(model.learningRate!))
        }
        return rates
    }

    @Test(arguments: cases) func `a plateau has Keras's rates, bit for bit`(name: String) throws {
        let golden = CallbackHarness.golden(name)
        let expected = golden["rates"]!.arrayValue!.map { $0.doubleValue! }
        #expect(try rates(golden, handOver: nil) == expected)
        for epoch in 1..<expected.count { #expect(try rates(golden, handOver: epoch) == expected, "epoch \(epoch)") }
    }

    @Test func `a schedule that sets the rate, too, is refused`() throws {
        let callbacks: [any Callback] = [try ReduceLROnPlateau(), LearningRateScheduler { _, rate in rate }]
        for callback in callbacks {
            let model = try CallbackHarness.model()
            try model.compile(
                optimizer: .sgd(learningRate: CosineDecay(0.1, decaySteps: 10)), loss: .meanSquaredError)
            let error = #expect(throws: TrainingError.self) {
                try CallbackHarness.fit(model, epochs: 2, callbacks: [callback])
            }
            #expect(error?.kind == .usage && error?.description.contains("CosineDecay") == true)
            #expect(model.iterations == 0)
        }
    }

    @Test func `a factor that makes nothing smaller is refused`() {
        let error = #expect(throws: TrainingError.self) { try ReduceLROnPlateau(factor: 1) }
        #expect(error!.description.contains("1.0") && error!.description.contains("below 1"))
        #expect(throws: TrainingError.self) { try ReduceLROnPlateau(factor: .nan) }
    }

    @Test func `a schedule sets the rate and the figures follow Keras's`() throws {
        let golden = CallbackHarness.golden("run_scheduler")
        let scheduler = LearningRateScheduler { epoch, rate in epoch < 2 ? rate : rate * 0.5 }
        let model = try CallbackHarness.model()
        let history = try CallbackHarness.fit(model, epochs: 4, callbacks: [scheduler])
        let expected = golden["history"]!
        #expect(history["learning_rate"] == expected["learning_rate"]!.arrayValue!.map { $0.doubleValue! })
        for name in ["loss", "val_loss"] {
            #expect(history[name].count == 4)
            for (found, expected) in zip(history[name], expected[name]!.arrayValue!) {
                #expect(abs(found - expected.doubleValue!) < 1e-6)
            }
        }
    }

    @Test func `an epoch that a checkpoint cut keeps its rate`() throws {
        let model = try CallbackHarness.model()
        let first = LearningRateScheduler { _, rate in rate / 2 }
        let run = TrainingRun(model, epochs: 4, callbacks: [first])
        try run.begin()
        _ = try run.beginEpoch()
        #expect(model.learningRate == 0.05)
        let second = LearningRateScheduler { _, rate in rate / 2 }
        second.restore(first.state)
        let rest = TrainingRun(model, epochs: 4, callbacks: [second])
        try rest.begin()
        _ = try rest.beginEpoch()
        #expect(model.learningRate == 0.05)
        try rest.endEpoch()
        _ = try rest.beginEpoch()
        #expect(model.learningRate == 0.025)
    }

    @Test func `a rate that is none is refused with the epoch`() throws {
        let error = #expect(throws: TrainingError.self) {
            try CallbackHarness.fit(
                CallbackHarness.model(), epochs: 3, callbacks: [LearningRateScheduler { $0 == 1 ? -.infinity : $1 }])
        }
        #expect(error!.description.contains("epoch 2") && error!.description.contains("-inf"))
    }
}
