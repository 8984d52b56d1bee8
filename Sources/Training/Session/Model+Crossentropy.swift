import DataSource
import Memory
import NeuralNetwork

extension Model {
    /// Lets each loss that is chosen by shapes be what the first targets ask for, as in Keras.
    ///
    /// - Parameter columns: the targets of all outputs, or only of those that need one, in order.
    func chooseLosses(for columns: [ColumnInfo], inputShapes: [Shape]? = nil) {
        guard let compiled = compilation?.outputs, compiled.contains(where: { $0.loss is Crossentropy }) else { return }
        guard let shapes = try? outputShapes(inputShapes) else { return }
        let all = Array(zip(compiled.indices, shapes))
        let places = columns.count == all.count ? all : all.filter { compiled[$0.0].needsTarget }
        for (column, place) in zip(columns, places) {
            guard let loss = compiled[place.0].loss as? Crossentropy else { continue }
            compilation?.outputs[place.0].loss = loss.chosen(
                prediction: place.1, target: column.batchRowShape)
        }
    }

    /// A loss for one batch, chosen by the shapes of its targets where it is so chosen.
    func chosen(_ loss: (any Loss)?, for batch: borrowing Batch, _ roles: TargetRoles?) -> (any Loss)? {
        let places = roles?.targets ?? Array(batch.targets.indices)
        guard let loss = loss as? Crossentropy, outputs.count == 1, places.count == 1 else { return loss }
        guard let shape = try? outputShapes(openShapes(of: batch))[0] else { return loss }
        return loss.chosen(prediction: shape, target: batch.targets[places[0]].rowShape)
    }
}
