/// The loss of a name in Keras's `compile`; nil for an unknown name.
package func namedLoss(_ name: String) -> (any Loss)? {
    switch name {
    case "sparse_categorical_crossentropy", "SparseCategoricalCrossentropy": SparseCategoricalCrossentropy()
    case "categorical_crossentropy", "cce", "CategoricalCrossentropy": CategoricalCrossentropy()
    case "mse", "MSE", "mean_squared_error", "MeanSquaredError": MeanSquaredError()
    default: nil
    }
}

/// The optimizer of a name in Keras's `compile`, with its defaults; nil for an unknown name.
package func namedOptimizer(_ name: String) -> (any Optimizer)? {
    switch name.lowercased() {
    case "adam": Adam()
    case "sgd": SGD()
    default: nil
    }
}
