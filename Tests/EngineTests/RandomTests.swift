import Engine
import Glibc
import Memory
import TestSupport
import Testing

@Suite struct RandomTests {
    private static let count = 100_000

    private func numbers(_ make: (Graph) -> Tensor, _ state: RunState = RunState(seed: 5)) throws -> [Float] {
        try GraphRun([make(Graph())], state: state).outputs[0]
    }

    @Test func `moments of normal numbers are those of the distribution`() throws {
        let found = try numbers { $0.randomNormal([Self.count], stream: 1) }.map(Double.init)
        func moment(_ power: Double) -> Double { found.reduce(0) { $0 + pow($1, power) } / Double(found.count) }
        // Five standard errors: √1/n, √2/n, √15/n, √96/n.
        let error = 5 / Double(Self.count).squareRoot()
        #expect(Swift.abs(moment(1)) < error)
        #expect(Swift.abs(moment(2) - 1) < 1.42 * error)
        #expect(Swift.abs(moment(3)) < 3.88 * error)
        #expect(Swift.abs(moment(4) - 3) < 9.8 * error)
    }

    @Test func `normal numbers are the reference's to the last places, in the tails too`() throws {
        let found = try numbers { $0.randomNormal([Self.count], stream: 2) }
        let random = ReferenceRandom(RunState(seed: 5), stream: 2)
        for place in found.indices where place % 50 == 0 || Swift.abs(found[place]) > 3.9 {
            let expected = random.number(at: place, .normal)
            #expect(Swift.abs(Double(found[place]) - expected) < 2e-6 * (1 + Swift.abs(expected)))
        }
    }

    @Test func `uniform numbers fill their range evenly`() throws {
        let found = try numbers { $0.randomUniform([Self.count], stream: 1) }
        #expect(found.allSatisfy { $0 >= 0 && $0 < 1 })
        for bin in 0..<10 {
            let share = Double(found.count { Int($0 * 10) == bin }) / Double(Self.count)
            #expect(Swift.abs(share - 0.1) < 0.005)
        }
    }

    @Test func `numbers of streams, steps and seeds have nothing in common`() throws {
        let found = try [
            (RunState(seed: 5), 1), (RunState(seed: 5), 2), (RunState(seed: 6), 1), (RunState(seed: 5, step: 1), 1),
        ].map { state, stream in try numbers({ $0.randomNormal([Self.count], stream: stream) }, state) }
        for left in 0..<found.count {
            for right in 0..<left {
                let correlation = zip(found[left], found[right]).reduce(0) { $0 + Double($1.0 * $1.1) }
                #expect(Swift.abs(correlation) / Double(Self.count) < 5 / Double(Self.count).squareRoot())
            }
        }
    }

    @Test func `a batch in parts has the numbers of the whole`() throws {
        func noisy(_ rows: Int, _ first: Int) throws -> [[Float]] {
            let graph = Graph()
            let x = graph.constant(1, shape: [rows, 3, 50])
            let tensors = [
                x.dropout(rate: 0.5, stream: 1), x.dropout(rate: 0.5, stream: 1, noiseShape: [nil, 1, nil]),
                x.dropout(rate: 0.5, stream: 1, noiseShape: [1, nil, nil]), x.gaussianNoise(deviation: 1, stream: 1),
                x.alphaDropout(rate: 0.5, stream: 2),
            ]
            return try GraphRun(tensors, state: RunState(seed: 3, step: 7, firstRow: first)).outputs
        }
        let (whole, one, two) = (try noisy(3, 0), try noisy(1, 0), try noisy(2, 1))
        for index in whole.indices { #expect(whole[index] == one[index] + two[index]) }
        // One mask for all rows.
        #expect(Array(whole[2][..<150]) == Array(whole[2][150..<300]))
        // One factor for all steps of a row, but not of another row.
        #expect(whole[1][..<50] == whole[1][50..<100] && whole[1][..<50] != whole[1][150..<200])
    }

    @Test func `dropout family keeps the mean, and alpha dropout selu's moments`() throws {
        let graph = Graph()
        let x = graph.randomNormal([Self.count], stream: 8)
        let run = try GraphRun(
            [
                graph.constant(1, shape: [Self.count]).dropout(rate: 0.3, stream: 1, noiseShape: [Self.count]),
                graph.constant(1, shape: [Self.count]).gaussianDropout(rate: 0.3, stream: 1),
                x.alphaDropout(rate: 0.2, stream: 1),
            ])
        func mean(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) } / Double(values.count) }
        #expect(Swift.abs(mean(run.outputs[0]) - 1) < 0.011)
        #expect(Swift.abs(mean(run.outputs[1]) - 1) < 0.011)
        #expect(Swift.abs(mean(run.outputs[1].map { ($0 - 1) * ($0 - 1) }) - 3.0 / 7) < 0.011)
        #expect(Swift.abs(mean(run.outputs[2])) < 0.016)
        #expect(Swift.abs(mean(run.outputs[2].map { $0 * $0 }) - 1) < 0.03)
    }
}
