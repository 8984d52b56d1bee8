import JSONText
import NeuralNetwork

extension LayerConfiguration {
    /// An activation: by name, as Keras writes functions out, or a layer without weights; linear when absent.
    func activation(_ key: String = "activation") throws(ConfigurationError) -> ActivationFunction {
        guard let value = config[key], !value.isNull else { return .linear }
        if value["config"]?.members != nil {
            let layer = try layer(key)
            if let function = ActivationFunction(layer) { return function }
            throw error(
                "\(key) is a layer \(layer.kind), which is not supported; supported are ELU, LeakyReLU, ReLU and "
                    + "Softmax, others stand as layers of their own")
        }
        let name = value.stringValue ?? value["config"]?.stringValue ?? value["class_name"]?.stringValue
        guard let name, let function = ActivationFunction(rawValue: name) else {
            let known = ActivationFunction.allCases.map(\.rawValue).sorted().joined(separator: ", ")
            throw error("\(key) is \(value.text()), which is not supported; supported are \(known)")
        }
        return function
    }
}

extension ActivationFunction {
    /// The function of a layer that Keras takes as activation; nil for layers of other kinds.
    fileprivate init?(_ layer: Layer) {
        switch layer {
        case let layer as Activation: self = layer.function
        case let layer as ELU: self = .elu(alpha: layer.alpha)
        case let layer as LeakyReLU: self = .leakyRelu(negativeSlope: layer.negativeSlope)
        case let layer as ReLU:
            self = .relu(
                negativeSlope: layer.negativeSlope, maxValue: layer.maxValue, threshold: layer.threshold)
        case let layer as Softmax: self.init(.softmax(axis: layer.axis))
        default: return nil
        }
    }

    /// The name of the function, or where it has other arguments than by its name, the layer that has these.
    var encoded: JSONValue {
        if ActivationFunction(rawValue: rawValue) == self { return .string(rawValue) }
        let layer: Layer =
            switch form {
            case .named(let name): preconditionFailure("ActivationFunction: \(name) has arguments")
            case .relu(let slope, let maximum, let threshold):
                ReLU(maxValue: maximum, negativeSlope: slope, threshold: threshold, name: "re_lu")
            case .leakyRelu(let slope): LeakyReLU(negativeSlope: slope, name: "leaky_re_lu")
            case .elu(let alpha): ELU(alpha: alpha, name: "elu")
            case .softmax(let axis): Softmax(axis: axis, name: "softmax")
            }
        return .object(LayerRegistry.encode(layer))
    }
}
