import Augmentation
public import DataSource
import Memory
public import NeuralNetwork

/// Random layers at a model's inputs, done where batches are filled.
extension Model {
    /// A source whose rows are changed where batches are filled, as the model's own random layers do it: by the numbers
    /// of (seed, epoch, row). The source itself for models without such layers.
    ///
    ///     let stream = try model.augmented(source).batches(of: 64, seed: 7)
    ///
    /// `fit` and `TrainingRun.open` do so. Batches of such a source are taken by `trainOnBatch` as they are; of other
    /// batches it changes a copy, by the numbers of (seed, update, row). Evaluation changes nothing in either case.
    ///
    /// - Throws: `TrainingError` when the layers cannot change the data.
    public func augmented(_ source: any Source) throws(TrainingError) -> any Source {
        let specs = try randomLayers(at: openShapes(of: source))
        var result = source
        for (index, spec) in specs.enumerated() {
            guard let spec, index < source.inputs.count, !source.inputs[index].isAugmentedByModel else { continue }
            do {
                result = try result.augmentedByModel(spec, column: source.inputs[index].name)
            } catch {
                throw TrainingError(
                    .data, "the random layers of the model cannot change the data: \(error.description)",
                    underlying: error)
            }
        }
        return result
    }

    /// A copy of a batch that is changed as the model's own random layers do it; nil where there are none, or it is
    /// changed already. The numbers are those of (seed, update, row).
    func augmented(_ batch: borrowing Batch) throws(TrainingError) -> Batch? {
        var specs = try randomLayers(at: openShapes(of: batch))
        for index in specs.indices where batch.isAugmentedByModel(input: index) { specs[index] = nil }
        guard specs.contains(where: { $0 != nil }) else { return nil }
        do {
            return try batch.augmented(by: specs, seed: seed, step: iterations)
        } catch {
            throw TrainingError(
                .data, "the random layers of the model cannot change the batch: \(error.description)",
                underlying: error)
        }
    }

    /// - Parameter shapes: of one row of each input, for a model that has open axes.
    private func randomLayers(at shapes: [Shape]?) throws(TrainingError) -> [AugmentationSpec?] {
        do { return try augmentations(at: shapes) } catch {
            throw TrainingError(.usage, "\(error)", underlying: error)
        }
    }
}
