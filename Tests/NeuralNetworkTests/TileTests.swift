import NeuralNetwork
import TestSupport
import Testing

@Suite struct TileTests {
    @Test func `a million repetitions are one copy, not one each`() throws {
        let layer = OperationLayer(
            OperationLayer.Function("Tile")!, options: ["repeats": .list([.integer(1), .integer(1 << 20)])])
        let run = try LayerRun(layer, [TestTensor(counting: [2, 3])], hasReference: false)
        #expect(run.shape == [2, 3 << 20])
        #expect(run.output.prefix(7) == [1, 2, 3, 1, 2, 3, 1] && run.output.last == 6)
    }
}
