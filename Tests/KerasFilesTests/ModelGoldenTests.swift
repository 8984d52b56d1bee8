import KerasFiles
import TestSupport
import Testing

/// Whole models against Keras: predictions, a training step with its gradients, the state after it, saving and loading.
@Suite struct ModelGoldenTests {
    /// Families whose layers all exist.
    static let enabled: [String] = [
        "attention", "augmentation", "conv", "core", "graphs", "inputs", "merging", "normalization", "pipeline",
        "pooling", "precision", "precision_layers", "precision_rounding", "recurrent", "recurrent_activations",
        "regularization", "reshaping",
        "trajectories",
    ]

    /// What is not supported: it must be refused when the file is loaded, for this reason, never computed as something else.
    static let refused: [String: String] = [
        // Operations that mix the samples of a batch, or operands of different ranks.
        "graphs/operators_broadcast": "tensors must have as many axes",
        "graphs/shapes": "axis 0 of a tensor (batch, 3, 4) is the batch",
        "merging/concatenate_batch": "axis 0 is the batch, whose extent is not fixed",
        // Layers and options that are not built.
        "regularization/activity_layer": "(ActivityRegularization): this layer is not supported",
        // Several outputs at the end of a Sequential model.
        "recurrent/gru_masked_backwards": "outputs, expected one in a Sequential model",
        "recurrent/lstm_masked_backwards": "outputs, expected one in a Sequential model",
        "recurrent/simple_rnn_masked_backwards": "outputs, expected one in a Sequential model",
    ]

    static let all = enabled.flatMap { family in
        let goldens = ModelGoldens(family)
        return goldens.cases.map { Case(goldens: goldens, name: $0) }
    }

    /// What is computed differently: just so, and in nothing else.
    static let different: [String: [String]] = [
        // Keras lists the weights of an attention that was frozen before it was built as trained.
        "attention/multi_head_frozen": [
            "0 trained weights ([]), expected [\"multi_head_attention/query/kernel\"", "8 weights that are not trained",
        ]
    ]

    static var cases: [Case] {
        all.filter { refused[$0.testDescription] == nil && different[$0.testDescription] == nil }
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

    @Test(arguments: all.filter { different[$0.testDescription] != nil })
    func `what is computed differently differs just so`(_ test: Case) throws {
        let differences = try test.goldens.differences(in: test.name)
        let expected = Self.different[test.testDescription]!
        #expect(differences.count == expected.count, "\(differences.joined(separator: "; "))")
        for (found, wanted) in zip(differences, expected) { #expect(found.hasPrefix(wanted), "\(found)") }
    }

    @Test(arguments: all.filter { refused[$0.testDescription] != nil })
    func `what is not supported is refused when it is loaded, for its reason`(_ test: Case) throws {
        let error = #expect(throws: KerasFileError.self) { try test.goldens.load(test.name) }
        let reason = try #require(error).reason
        #expect(reason.contains(Self.refused[test.testDescription]!), "\(reason)")
    }

    @Test func `all that is named here is among the models`() {
        let names = Set(Self.all.map(\.testDescription))
        #expect(names.count == Self.all.count)
        #expect(names.isSuperset(of: Self.refused.keys) && names.isSuperset(of: Self.different.keys))
    }
}
