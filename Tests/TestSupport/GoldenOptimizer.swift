import JSONText
import NeuralNetwork

/// The optimizer of a case of reference values: `class_name` and `config` as Keras writes them.
package func goldenOptimizer(_ golden: JSONValue) -> any Optimizer {
    let config = golden["config"]!
    func number(_ key: String) -> Float { Float(config[key]!.doubleValue!) }
    return golden["class_name"]!.stringValue == "SGD"
        ? SGD(
            learningRate: number("learning_rate"), momentum: number("momentum"),
            nesterov: config["nesterov"]!.boolValue!)
        : Adam(
            learningRate: number("learning_rate"), beta1: number("beta_1"), beta2: number("beta_2"),
            epsilon: number("epsilon"))
}
