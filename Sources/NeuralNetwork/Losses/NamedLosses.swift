/// The loss of a name in Keras's `compile`, with its defaults; nil for an unknown name. Class names, function names and Keras's
/// short names are known.
package func namedLoss(_ name: String) -> (any Loss)? {
    // Keras does not mind the case of these.
    if ["crossentropy", "ce"].contains(name.lowercased()) { return Crossentropy() }
    return switch name {
    case "kl_divergence", "kld", "KLD", "KLDivergence", "kullback_leibler_divergence": KLDivergence()
    case "poisson", "Poisson": Poisson()
    case "binary_crossentropy", "bce", "BCE", "BinaryCrossentropy": BinaryCrossentropy()
    case "binary_focal_crossentropy", "BinaryFocalCrossentropy": BinaryFocalCrossentropy()
    case "categorical_crossentropy", "cce", "CCE", "CategoricalCrossentropy": CategoricalCrossentropy()
    case "categorical_focal_crossentropy", "CategoricalFocalCrossentropy": CategoricalFocalCrossentropy()
    case "sparse_categorical_crossentropy", "SparseCategoricalCrossentropy": SparseCategoricalCrossentropy()
    case "mean_squared_error", "mse", "MSE", "MeanSquaredError": MeanSquaredError()
    case "mean_absolute_error", "mae", "MAE", "MeanAbsoluteError": MeanAbsoluteError()
    case "mean_absolute_percentage_error", "mape", "MAPE", "MeanAbsolutePercentageError":
        MeanAbsolutePercentageError()
    case "mean_squared_logarithmic_error", "msle", "MSLE", "MeanSquaredLogarithmicError":
        MeanSquaredLogarithmicError()
    case "cosine_similarity", "CosineSimilarity": CosineSimilarity()
    case "log_cosh", "logcosh", "LogCosh": LogCosh()
    case "huber", "huber_loss", "Huber": Huber()
    case "hinge", "Hinge": Hinge()
    case "squared_hinge", "SquaredHinge": SquaredHinge()
    case "categorical_hinge", "CategoricalHinge": CategoricalHinge()
    case "dice", "Dice": Dice()
    case "tversky", "Tversky": Tversky()
    case "circle", "Circle": Circle()
    case "ctc", "CTC": CTC()
    case "categorical_generalized_cross_entropy", "CategoricalGeneralizedCrossEntropy":
        CategoricalGeneralizedCrossEntropy()
    default: nil
    }
}

/// The names that `namedLoss` knows, without other names of the same, for messages.
package let lossNames = [
    "kl_divergence", "poisson", "binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy",
    "categorical_focal_crossentropy", "sparse_categorical_crossentropy", "mean_squared_error",
    "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_logarithmic_error",
    "cosine_similarity", "log_cosh", "huber", "hinge", "squared_hinge", "categorical_hinge", "dice", "tversky",
    "circle", "ctc", "categorical_generalized_cross_entropy", "crossentropy",
]
