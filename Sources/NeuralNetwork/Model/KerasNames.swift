/// The loss of a name in Keras's `compile`; nil for an unknown name.
package func namedLoss(_ name: String) -> (any Loss)? {
    switch name {
    case "sparse_categorical_crossentropy", "SparseCategoricalCrossentropy": SparseCategoricalCrossentropy()
    case "categorical_crossentropy", "cce", "CategoricalCrossentropy": CategoricalCrossentropy()
    case "mse", "MSE", "mean_squared_error", "MeanSquaredError": MeanSquaredError()
    default: nil
    }
}

/// The metric of a name in Keras's `compile`, a loss's name included; nil for an unknown name.
package func namedMetric(_ name: String) -> (any Metric)? {
    switch name {
    case "accuracy", "acc", "Accuracy": Accuracy()
    case "binary_accuracy", "BinaryAccuracy": BinaryAccuracy()
    case "categorical_accuracy", "CategoricalAccuracy": CategoricalAccuracy()
    case "sparse_categorical_accuracy", "SparseCategoricalAccuracy": SparseCategoricalAccuracy()
    default: namedLoss(name).map { LossMetric($0, name: name.contains { $0.isUppercase } ? nil : name) }
    }
}

/// The names that `namedMetric` knows beside those of losses, for messages.
package let metricNames = ["accuracy", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"]

/// The names that `namedLoss` knows, for messages.
package let lossNames = ["sparse_categorical_crossentropy", "categorical_crossentropy", "mse"]
