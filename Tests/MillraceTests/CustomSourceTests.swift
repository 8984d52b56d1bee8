import Millrace
import Testing

/// A source of one's own: all that must be written.
private struct Ramp: Source {
    let inputs = [ColumnInfo(name: "x", type: .float32, rowShape: [4])]
    let targets = [ColumnInfo(name: "y", type: .float32, rowShape: [1])]
    let blocks = BlockTable(rowCount: 1000, rowsPerBlock: 256)

    func makeReader() -> any BlockReader { RampReader() }
}

private final class RampReader: BlockReader {
    func read(rows: Range<Int>, into destination: BlockDestination) throws(DataError) {
        let x = destination[0].bindMemory(to: Float.self)
        let y = destination[1].bindMemory(to: Float.self)
        for (index, row) in rows.enumerated() {
            for column in 0..<4 { x[4 * index + column] = Float(row + column) / 1000 }
            y[index] = Float(row) / 1000
        }
    }
}

@Suite struct CustomSourceTests {
    @Test(arguments: ShufflePolicy.allCases) func `a source of thirty lines is shuffled and complete`(
        policy: ShufflePolicy
    ) throws {
        var seen: Set<Int> = []
        let stream = try Ramp().batches(of: 64, shuffle: policy)
        while let batch = try stream.next() {
            for row in 0..<batch.rowCount {
                #expect(batch.inputs[0].floats[4 * row + 3] == Float(batch.rows[row] + 3) / 1000)
                seen.insert(batch.rows[row])
            }
        }
        #expect(seen == Set(0..<1000))
    }

    @Test func `a model learns from it`() throws {
        let model = try Sequential(input: [4]) { Dense(1) }
        try model.compile(optimizer: .adam(learningRate: 0.05), loss: .meanSquaredError)
        let history = try model.fit(Ramp(), epochs: 20, batchSize: 50, callbacks: [])
        #expect(history["loss"][19] < 0.001)
    }
}
