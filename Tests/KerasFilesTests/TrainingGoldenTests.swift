import KerasFiles
import TestSupport
import Testing

/// Eight steps of whole models against Keras, each with its file's own optimizer, schedule and loss.
@Suite struct TrainingGoldenTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let goldens: ModelGoldens
        let name: String
        var testDescription: String { "\(goldens.family)/\(name)" }
    }

    static let all = ["trajectories", "trajectories_more", "precision"].flatMap { family in
        let goldens = ModelGoldens(family)
        return goldens.cases.map { Case(goldens: goldens, name: $0) }
    }

    /// A bias in front of a batch normalization has a gradient of rounding errors, which Adam makes steps of the whole
    /// learning rate of; the moving mean follows it, and nothing else does.
    static let noisy: [String: Set<String>] = [
        "trajectories/convnet_adam": ["conv2d/bias"],
        "trajectories/frozen_adam": ["dense_1/bias", "batch_normalization_1/moving_mean"],
    ]

    @Test(arguments: all) func `a model trains as Keras trains it`(_ test: Case) throws {
        let differences = try test.goldens.trainingDifferences(
            in: test.name, noisy: Self.noisy[test.testDescription] ?? [])
        #expect(differences.isEmpty, "\(differences.joined(separator: "; "))")
    }
}
