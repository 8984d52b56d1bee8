import Engine
import Memory
import TestSupport
import Testing

/// New values of parameters, and what a run gives back beside them.
@Suite struct UpdateTests {
    @Test func `outputs are made of the values before the updates, whenever they are computed`() throws {
        let example = OperationHarness.UpdateCase(
            parameters: [[3, 4], [4]], inputs: [[3, 4]],
            outputs: { x, p in [p[0] * x[0] + p[1], p[0], p[1].reshaped([2, 2]), p[0].transposed([1, 0])] },
            updates: { x, p in [p[0] * 2 + x[0], p[1].scaled(by: -1)] })
        for (what, distance) in try OperationHarness().check(example) {
            #expect(distance < 1e-6, "\(what): \(distance)")
        }
    }

    @Test func `parameters that take each other's place are exchanged`() throws {
        let example = OperationHarness.UpdateCase(
            parameters: [[2, 3], [2, 3], [6], [3, 3]], inputs: [],
            outputs: { _, p in [p[0] + p[1]] },
            updates: { _, p in
                [p[1], p[2].reshaped([2, 3]), p[0].reshaped([6]), p[3].transposed([1, 0])]
            })
        for (what, distance) in try OperationHarness().check(example) {
            #expect(distance < 1e-6, "\(what): \(distance)")
        }
    }

    @Test func `a parameter that stays what it is needs no step`() throws {
        let example = OperationHarness.UpdateCase(
            parameters: [[5]], inputs: [], outputs: { _, p in [p[0]] }, updates: { _, p in [p[0]] })
        for (what, distance) in try OperationHarness().check(example) { #expect(distance == 0, "\(what): \(distance)") }
    }
}
