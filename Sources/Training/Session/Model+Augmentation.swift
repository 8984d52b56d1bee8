import Augmentation
import DataSource
import NeuralNetwork

/// Random layers at a model's inputs, done where batches are filled.
extension Model {
    /// A source whose rows are changed as the model's own random layers do it.
    func augmented(_ source: any Source) throws(TrainingError) -> any Source {
        let specs = try randomLayers()
        var result = source
        for (index, spec) in specs.enumerated() {
            guard let spec, index < source.inputs.count else { continue }
            do {
                result = try result.augmented(by: spec, column: source.inputs[index].name)
            } catch {
                throw TrainingError(
                    .data, "the random layers of the model cannot change the data: \(error.description)",
                    underlying: error)
            }
        }
        return result
    }

    /// A copy of a batch that is changed as the model's own random layers do it; nil where there are none. The numbers
    /// are those of (seed, update, row).
    func augmented(_ batch: borrowing Batch) throws(TrainingError) -> Batch? {
        let specs = try randomLayers()
        guard specs.contains(where: { $0 != nil }) else { return nil }
        do {
            return try batch.augmented(by: specs, seed: seed, step: iterations)
        } catch {
            throw TrainingError(
                .data, "the random layers of the model cannot change the batch: \(error.description)",
                underlying: error)
        }
    }

    private func randomLayers() throws(TrainingError) -> [AugmentationSpec?] {
        do { return try augmentations.get() } catch {
            throw TrainingError(.usage, "\(error)", underlying: error)
        }
    }
}
