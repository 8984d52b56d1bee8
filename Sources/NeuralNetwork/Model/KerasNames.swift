/// The loss of a name in Keras's `compile`; nil for an unknown name.
package func namedLoss(_ name: String) -> (any Loss)? {
    switch name {
    case "sparse_categorical_crossentropy", "SparseCategoricalCrossentropy": SparseCategoricalCrossentropy()
    case "categorical_crossentropy", "cce", "CategoricalCrossentropy": CategoricalCrossentropy()
    case "mse", "MSE", "mean_squared_error", "MeanSquaredError": MeanSquaredError()
    default: nil
    }
}
