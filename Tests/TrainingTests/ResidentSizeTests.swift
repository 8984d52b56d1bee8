import DataSource
import Memory
import NeuralNetwork
import Testing
import Training

/// What a process holds does not grow with what it has done; in a process of its own, where nothing else comes and goes.
@Suite struct ResidentSizeTests {
    @Test func `a thousand rounds of compile, fit and predict hold no more memory than a few`() async {
        await #expect(processExitsWith: .success) {
            let x = (0..<96).map { Float($0 % 7) }
            let source = ArraySource(x: x, shape: [4], y: (0..<24).map { Float($0 % 3) }, targetShape: [1])
            let model = try Sequential(input: [4], seed: 1) {
                Dense(8, activation: .relu)
                Dropout(0.1)
                Dense(1)
            }
            func rounds(_ count: Int) throws {
                for _ in 0..<count {
                    try model.compile(optimizer: .adam(), loss: .meanSquaredError, metrics: [RootMeanSquaredError()])
                    _ = try model.fit(source, batchSize: 8, callbacks: [])
                    _ = try model.predict(source, batchSize: 8)
                }
            }
            // Libraries and the allocator reach the size that they keep.
            try rounds(150)
            let before = ProcessMemory.residentBytes
            try rounds(1000)
            let growth = ProcessMemory.residentBytes - before
            // 512 bytes a round: a plan alone holds a hundred times as much.
            #expect(growth <= 512 << 10, "\(growth) bytes more after 1000 rounds")
        }
    }
}
