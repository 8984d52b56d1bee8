import CAllocationCounter
import DataSource
import Engine
import KerasFiles
import NeuralNetwork
import TestSupport
import Testing
import Training

/// After warm-up a step allocates nothing.
@Suite(.serialized) struct AllocationTests {
    @Test(arguments: ["digits-mlp.keras", "digits-convnet.keras"])
    func `a training step allocates nothing`(_ name: String) throws {
        let model = try Model.load(Fixtures.path(name))
        let digits = try Digits("digits-test.h5")
        let full = try digits.batch(0..<64)
        let partial = try digits.batch(0..<17)
        let session = Session.of(model)
        // Plans for both sizes, the optimizer's memory, and oneDNN's own first-run work.
        for _ in 0..<3 {
            try session.run(.train, full)
            try session.run(.train, partial)
        }
        allocation_counter_begin()
        for _ in 0..<20 {
            try session.run(.train, full)
            try session.run(.train, partial)
        }
        let calls = allocation_counter_end()
        // -1: a sanitizer owns the allocator, and there is nothing to count.
        #expect(calls <= 0)
    }

    @Test func `a training step through normalizations allocates nothing`() throws {
        let model = try Model.load(Fixtures.path("models/normalization.keras"))
        let classes = (0..<24).map { Float($0 % 3 == $0 / 3 % 3 ? 1 : 0) }
        let batch = try Batch(x: det([8, 6, 5, 3], 0.1, 1), shape: [6, 5, 3], y: classes, targetShape: [3])
        let session = Session.of(model)
        for _ in 0..<3 { try session.run(.train, batch) }
        allocation_counter_begin()
        for _ in 0..<20 { try session.run(.train, batch) }
        let calls = allocation_counter_end()
        #expect(calls <= 0)
    }

    @Test func `a step of one's own allocates nothing`() throws {
        let model = try Sequential(input: [4], seed: 3) {
            Dense(8, activation: .tanh, kernelRegularizer: L2(0.01))
            Dense(3)
        }
        let step = TrainStep(model, optimizer: .adam()) { step in
            let loss = (step.call(model, step.input("x", [4])) - step.input("y", [3])).square().mean()
            step.minimize(step.addedLosses.reduce(loss) { $0 + $1 })
            step.report("loss", loss)
        }
        let batches = [64, 17].map { rows in
            ["x": TrainStep.Values.floats(det([rows, 4], 0.2, 1)), "y": .floats(det([rows, 3], 0.8, 1))]
        }
        for _ in 0..<3 { for batch in batches { try step.runSilently(batch) } }
        allocation_counter_begin()
        for _ in 0..<20 { for batch in batches { try step.runSilently(batch) } }
        let calls = allocation_counter_end()
        #expect(calls <= 0)
    }

    @Test func `the counter counts`() {
        allocation_counter_begin()
        let array = [Int](repeating: 7, count: 1000 + Int.random(in: 0...3))
        let calls = allocation_counter_end()
        #expect(array.count >= 1000)
        #expect(calls != 0)
    }

    @Test func `a batch of the stream allocates nothing after warm-up`() throws {
        var options = BatchOptions()
        options.batchSize = 32
        options.epochs = 0..<20
        options.decodeWorkers = 1
        let stream = try BatchStream(HDF5Source(Fixtures.path("digits-train.h5")), options: options)
        for _ in 0..<50 { _ = try stream.next() }
        allocation_counter_begin()
        var rows = 0
        for _ in 0..<200 { if let batch = try stream.next() { rows += batch.rowCount } }
        let calls = allocation_counter_end()
        #expect(rows > 6000)
        #expect(calls <= 0)
    }
}
