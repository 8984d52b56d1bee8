import TestSupport
import Testing

/// Whole models against Keras: predictions, a training step with its gradients, the state after it, saving and loading.
@Suite struct ModelGoldenTests {
    /// Families whose layers all exist.
    static let enabled: [String] = [
        "attention", "conv", "core", "graphs", "merging", "normalization", "pooling", "recurrent", "regularization", "reshaping",
    ]

    static let cases = enabled.flatMap { family in
        let goldens = ModelGoldens(family)
        return goldens.cases.map { Case(goldens: goldens, name: $0) }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let goldens: ModelGoldens
        let name: String
        var testDescription: String { "\(goldens.family)/\(name)" }
    }

    @Test(arguments: cases) func `a model computes what Keras computes`(_ test: Case) throws {
        let differences = try test.goldens.differences(in: test.name)
        #expect(differences.isEmpty, "\(differences.joined(separator: "; "))")
    }
}
