/// The metric of a name in Keras's `compile`, with its defaults; a loss's name stands for the mean of its values. Nil for an
/// unknown name. The metric has the given name in logs, as in Keras.
package func namedMetric(_ name: String) -> (any Metric)? {
    if ["accuracy", "acc"].contains(name.lowercased()) { return Accuracy(name: name) }
    return switch name {
    case "auc", "AUC": AUC(name: name)
    case "true_positives", "TruePositives": TruePositives(name: name)
    case "true_negatives", "TrueNegatives": TrueNegatives(name: name)
    case "false_positives", "FalsePositives": FalsePositives(name: name)
    case "false_negatives", "FalseNegatives": FalseNegatives(name: name)
    case "precision", "Precision": Precision(name: name)
    case "recall", "Recall": Recall(name: name)
    case "binary_accuracy", "BinaryAccuracy": BinaryAccuracy(name: name)
    case "categorical_accuracy", "CategoricalAccuracy": CategoricalAccuracy(name: name)
    case "sparse_categorical_accuracy", "SparseCategoricalAccuracy": SparseCategoricalAccuracy(name: name)
    case "top_k_categorical_accuracy", "TopKCategoricalAccuracy": TopKCategoricalAccuracy(name: name)
    case "sparse_top_k_categorical_accuracy", "SparseTopKCategoricalAccuracy": SparseTopKCategoricalAccuracy(name: name)
    case "f1_score", "F1Score": F1Score(name: name)
    case "f_beta_score", "fbeta_score", "FBetaScore": FBetaScore(name: name)
    case "r2_score", "R2Score": R2Score(name: name)
    case "root_mean_squared_error", "RootMeanSquaredError": RootMeanSquaredError(name: name)
    case "pearson_correlation", "PearsonCorrelation": PearsonCorrelation(name: name)
    case "concordance_correlation", "ConcordanceCorrelation": ConcordanceCorrelation(name: name)
    case "binary_io_u", "BinaryIoU": BinaryIoU(name: name)
    case "cosine_similarity", "CosineSimilarity": CosineSimilarityMetric(name: name)
    case "log_cosh_error", "LogCoshError": LossMetric(LogCosh(), name: name)
    default: namedLoss(name).flatMap { $0 is Crossentropy ? nil : LossMetric($0, name: name) }
    }
}

/// The names that `namedMetric` knows beside those of losses, without other names of the same, for messages.
package let metricNames = [
    "accuracy", "auc", "true_positives", "true_negatives", "false_positives", "false_negatives", "precision",
    "recall", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy",
    "top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy", "f1_score", "fbeta_score", "r2_score",
    "root_mean_squared_error", "pearson_correlation", "concordance_correlation", "binary_io_u",
    "cosine_similarity", "log_cosh_error",
]

/// All names that `namedMetric` knows, without other names of the same. A cross-entropy that shapes choose is a loss alone.
package let allMetricNames = metricNames + lossNames.filter { $0 != "crossentropy" }
