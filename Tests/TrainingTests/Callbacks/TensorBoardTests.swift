import Foundation
import NeuralNetwork
import Testing
import Training

/// Event files, read by their format alone. TensorBoard itself reads them in `Tools/check-tensorboard`.
@Suite struct TensorBoardTests {
    private func events(_ folder: Folder, _ part: String) throws -> [EventReader.Event] {
        let files = folder.files.filter { $0.hasPrefix("\(part)/events.out.tfevents.") }
        #expect(files.count == 1, "\(folder.files)")
        return try EventReader.events(folder.bytes(files[0]))
    }

    @Test func `figures lie where Keras has them`() throws {
        let folder = try Folder()
        let model = try CallbackHarness.model()
        let history = try CallbackHarness.fit(
            model, epochs: 3,
            callbacks: [
                try TensorBoard(
                    folder.path(""), histogramFrequency: 2, updateFrequency: .updates(2), modelJSON: "{\"a\":1}")
            ])
        let train = try events(folder, "train")
        #expect(train[0].version == "brain.Event:2")
        func scalars(_ events: [EventReader.Event], _ tag: String) -> [Int: Float] {
            Dictionary(uniqueKeysWithValues: events.filter { $0.tag == tag }.map { ($0.step, $0.floats[0]) })
        }
        func expected(_ name: String) -> [Int: Float] {
            Dictionary(uniqueKeysWithValues: history[name].enumerated().map { ($0, Float($1)) })
        }
        #expect(scalars(train, "epoch_loss") == expected("loss"))
        #expect(scalars(train, "epoch_learning_rate") == [0: 0.1, 1: 0.1, 2: 0.1])
        #expect(scalars(train, "batch_loss").keys.sorted() == [2, 4, 6, 8])
        let validation = try events(folder, "validation")
        #expect(scalars(validation, "epoch_loss") == expected("val_loss"))
        #expect(scalars(validation, "evaluation_loss_vs_iterations").keys.sorted() == [3, 6, 9])
        #expect(train.filter { $0.tag == "epoch_loss" }.allSatisfy { $0.plugin == "scalars" })
        let text = try #require(train.first { $0.tag == "configuration" })
        #expect(text.plugin == "text" && text.text.contains("| dense | Dense |") && text.text.contains("SGD"))
        let graph = try #require(train.first { $0.tag == "keras" })
        #expect(graph.plugin == "graph_keras_model" && graph.text == "{\"a\":1}")
        let histograms = train.filter { $0.tag == "dense/kernel/histogram" }
        #expect(histograms.map(\.step) == [0, 2])
        // One number: the last of 30 buckets around it.
        let last = Array(histograms[1].doubles.suffix(3))
        #expect(histograms[1].doubles.count == 90 && last[2] == 1 && last[1] - last[0] == 1)
        #expect(abs(Float(last[0] + 0.5) - CallbackHarness.weight(model)) < 1e-6)
    }

    @Test func `numbers fall into buckets of equal width`() throws {
        let folder = try Folder()
        let model = try Sequential(input: [1]) { Dense(61, useBias: false) }
        try model.compile(optimizer: .sgd(learningRate: 0), loss: .meanSquaredError)
        try model.setWeights([(0...60).map { Float($0) }])
        let run = TrainingRun(model, epochs: 1, callbacks: [try TensorBoard(folder.path(""), histogramFrequency: 1)])
        try run.begin()
        _ = try run.beginEpoch()
        try run.endEpoch()
        let histogram = try #require(try events(folder, "train").first { $0.tag.hasSuffix("/histogram") })
        let counts = stride(from: 2, to: 90, by: 3).map { histogram.doubles[$0] }
        #expect(counts == [Double](repeating: 2, count: 29) + [3])
        #expect(histogram.doubles[0] == 0 && histogram.doubles[88] == 60)
    }

    @Test(arguments: [true, false]) func `a resumed run goes on in its files`(beforeBegin: Bool) throws {
        let folder = try Folder()
        let first = try TensorBoard(folder.path(""))
        var states: [CallbackState] = []
        let keeper = LambdaCallback(epochDidEnd: { _, _ in states.append(try first.state) })
        // The second epoch is lost.
        try CallbackHarness.fit(CallbackHarness.model(), epochs: 2, callbacks: [first, keeper])
        let second = try TensorBoard(folder.path(""))
        if beforeBegin { try second.restore(states[0]) }
        let late = LambdaCallback(trainWillBegin: { _ in if !beforeBegin { try second.restore(states[0]) } })
        try CallbackHarness.fit(CallbackHarness.model(), epochs: 3, callbacks: [second, late], initialEpoch: 1)
        for part in ["train", "validation"] {
            #expect(try events(folder, part).filter { $0.tag == "epoch_loss" }.map(\.step) == [0, 1, 2])
        }
        #expect(try events(folder, "train").filter { $0.tag == "configuration" }.count == 1)
    }

    @Test func `a run that is resumed within an epoch goes on in its files`() throws {
        let folder = try Folder()
        let run = TrainingRun(try CallbackHarness.model(), epochs: 1, callbacks: [])
        let first = try TensorBoard(folder.path(""), updateFrequency: .updates(1))
        try first.trainWillBegin(run)
        try first.epochWillBegin(run)
        var state = try first.state
        for step in 1...4 {
            try first.batchDidEnd(CallbackHarness.batchReport(step, of: 4), run)
            if step == 2 { state = try first.state }
        }
        // The epoch has begun already: its hook is not called again.
        let second = try TensorBoard(folder.path(""), updateFrequency: .updates(1))
        try second.trainWillBegin(run)
        try second.restore(state)
        for step in 3...4 { try second.batchDidEnd(CallbackHarness.batchReport(step, of: 4), run) }
        var report = CallbackHarness.report(1, [("loss", 0.5)])
        try second.epochDidEnd(&report, run)
        let train = try events(folder, "train")
        #expect(train.filter { $0.tag == "batch_loss" }.map(\.step) == [1, 2, 3, 4])
        #expect(train.filter { $0.tag == "epoch_loss" }.map(\.step) == [0])
    }

    @Test func `frequencies that cannot be meant are refused`() {
        #expect(throws: TrainingError.self) { try TensorBoard(histogramFrequency: -1) }
        #expect(throws: TrainingError.self) { try TensorBoard(updateFrequency: .updates(0)) }
    }
}
