import Memory
import NeuralNetwork
import Testing

/// Layers one behind the other as one layer.
@Suite struct PipelineTests {
    private func layers() -> [Layer] { [Dense(4, activation: .tanh), LayerNormalization(), Dense(2)] }

    @Test func `a pipeline computes what its layers compute one after the other`() throws {
        let input = TestTensor([3, 5])
        let run = try LayerRun(Pipeline(layers()), [input])
        let model = try LayerRun(
            Sequential(input: [5]) { for layer in layers() { layer } }, [input])
        #expect(run.shape == [3, 2])
        #expect(run.output == model.output)
        #expect(run.gradients == model.gradients)
        #expect(run.disagreement < 1e-5)
    }

    @Test func `nameless layers get names of their own`() throws {
        let pipeline = Pipeline([Dense(2), Dense(3, name: "dense"), Dense(4), ReLU()])
        #expect(pipeline.layers.map(\.name) == ["dense_1", "dense", "dense_2", "re_lu"])
        let model = try Sequential(input: [3]) { pipeline }
        #expect(
            model.weights.map(\.name)
                == ["dense_1", "dense", "dense_2"].flatMap {
                    ["pipeline/\($0)/kernel", "pipeline/\($0)/bias"]
                })
        #expect(model.layerSummary.map(\.parameters) == [8 + 9 + 16])
    }

    @Test func `training goes to the layers within`() throws {
        let input = TestTensor([8, 40], [Float](repeating: 1, count: 320))
        let pipeline = Pipeline([Dropout(0.5)])
        #expect(try LayerRun(pipeline, [input]).output == input.values)
        let trained = try LayerRun(pipeline, [input], isTraining: true, hasReference: false).output
        #expect(Set(trained) == [0, 2])
    }

    @Test func `masks go through, in and out`() throws {
        let mask = TestTensor([2, 3], [1, 1, 0, 1, 0, 0])
        let kept = try LayerRun(Pipeline([Dense(2), Dense(2)]), [TestTensor([2, 3, 4])], masks: [mask])
        #expect(kept.masks == [mask.values])
        let ended = try LayerRun(Pipeline([Dense(2), LSTM(2)]), [TestTensor([2, 3, 4])], masks: [mask])
        let whole = try LayerRun(Pipeline([Dense(2), LSTM(2)]), [TestTensor([2, 3, 4])])
        #expect(ended.masks == [nil])
        #expect(ended.output != whole.output)
    }

    @Test func `a frozen pipeline freezes its layers`() throws {
        let pipeline = Pipeline(layers())
        pipeline.isTrainable = false
        #expect(pipeline.layers.allSatisfy { !$0.isTrainable })
        #expect(try Sequential(input: [5]) { pipeline }.parameters.allSatisfy { !$0.isTrainable })
    }

    @Test func `what layers cannot take is refused by their names`() throws {
        #expect(refusal(Pipeline([Dense(2), Conv2D(2, kernel: 3, name: "late")]), [5])?.contains("\"late\"") == true)
        let several = Pipeline([LSTM(2, returnState: true), Dense(2, name: "after")])
        #expect(refusal(several, [3, 4]) != nil)
    }

    @Test func `no layers, and one layer twice`() async {
        await #expect(processExitsWith: .failure) { _ = Pipeline([]) }
        await #expect(processExitsWith: .failure) {
            let layer = Dense(2)
            _ = Pipeline([layer, layer])
        }
    }
}
