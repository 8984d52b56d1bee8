import JSONText
import NeuralNetwork

extension Bidirectional: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Bidirectional {
        let mode: MergeMode
        switch configuration.config["merge_mode"] {
        case nil: mode = .concat
        case .null: mode = .none
        case let value?:
            guard let found = value.stringValue.flatMap(MergeMode.init(rawValue:)), found != .none else {
                throw configuration.error("merge_mode is \(value.text()), expected sum, mul, ave, concat or null")
            }
            mode = found
        }
        let forward = try configuration.recurrent("layer")
        guard let value = configuration.config["backward_layer"], !value.isNull else {
            // The layer for the other direction would go in the same one: Keras refuses that, too.
            guard !forward.sequence.goBackwards else {
                throw configuration.error(
                    "layer has go_backwards true, expected false where backward_layer is null or absent")
            }
            return Bidirectional(forward, mergeMode: mode)
        }
        let backward = try configuration.recurrent("backward_layer")
        let (left, right) = (forward.sequence, backward.sequence)
        guard left.goBackwards != right.goBackwards, left.stateful == right.stateful,
            left.returnSequences == right.returnSequences, left.returnState == right.returnState
        else {
            throw configuration.error(
                "layer and backward_layer must differ in go_backwards, and agree in stateful, return_sequences and "
                    + "return_state")
        }
        return Bidirectional(forward, mergeMode: mode, backwardLayer: backward)
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "merge_mode", value: mergeMode == .none ? .null : .string(mergeMode.rawValue)),
            .init(key: "layer", value: .object(LayerRegistry.encode(forwardLayer))),
            .init(key: "backward_layer", value: .object(LayerRegistry.encode(backwardLayer))),
        ]
    }
}

extension LayerConfiguration {
    fileprivate func recurrent(_ key: String) throws(ConfigurationError) -> RNN {
        let layer = try layer(key)
        guard let recurrent = layer as? RNN else { throw error("\(key) is \(layer.kind), expected a recurrent layer") }
        return recurrent
    }
}

extension TimeDistributed: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> TimeDistributed {
        TimeDistributed(try configuration.layer("layer"))
    }

    var encoded: [JSONValue.Member] { [.init(key: "layer", value: .object(LayerRegistry.encode(layer)))] }
}
