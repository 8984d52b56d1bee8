import CAllocationCounter
import DataSource
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
