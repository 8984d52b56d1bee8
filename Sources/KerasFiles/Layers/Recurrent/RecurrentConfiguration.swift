import JSONText
import NeuralNetwork

extension LayerConfiguration {
    fileprivate func activation(
        _ key: String, default fallback: ActivationFunction
    ) throws(ConfigurationError) -> ActivationFunction {
        config[key] == nil ? fallback : try activation(key)
    }

    func cellOptions() throws(ConfigurationError) -> CellOptions {
        let fallback = CellOptions()
        return CellOptions(
            activation: try activation("activation", default: .tanh),
            recurrentActivation: try activation("recurrent_activation", default: .sigmoid),
            useBias: try bool("use_bias", default: true), kernel: try weight("kernel", default: fallback.kernel),
            recurrent: try weight("recurrent", default: fallback.recurrent),
            bias: try weight("bias", default: fallback.bias), dropout: try share("dropout", default: 0),
            recurrentDropout: try share("recurrent_dropout", default: 0), seed: try seed())
    }

    func sequenceOptions() throws(ConfigurationError) -> SequenceOptions {
        SequenceOptions(
            returnSequences: try bool("return_sequences", default: false),
            returnState: try bool("return_state", default: false),
            goBackwards: try bool("go_backwards", default: false), stateful: try bool("stateful", default: false),
            unroll: try bool("unroll", default: false),
            zeroOutputForMask: try bool("zero_output_for_mask", default: false))
    }
}

extension UnitsCell {
    /// What all cells have; GRU and LSTM also have the activation of the gates.
    func encodedUnits(hasGates: Bool) -> [JSONValue.Member] {
        [
            .init(key: "units", value: .integer(units)),
            .init(key: "activation", value: options.activation.encoded),
        ]
            + (hasGates
                ? [.init(key: "recurrent_activation", value: options.recurrentActivation.encoded)] : [])
            + [.init(key: "use_bias", value: .bool(options.useBias))] + options.kernel.encoded("kernel")
            + options.recurrent.encoded("recurrent") + options.bias.encoded("bias") + [
                .init(key: "dropout", value: .number(options.dropout)),
                .init(key: "recurrent_dropout", value: .number(options.recurrentDropout)),
                .init(key: "seed", value: options.seed.map(JSONValue.integer) ?? .null),
            ]
    }
}

extension SequenceOptions {
    var encoded: [JSONValue.Member] {
        [
            .init(key: "return_sequences", value: .bool(returnSequences)),
            .init(key: "return_state", value: .bool(returnState)),
            .init(key: "go_backwards", value: .bool(goBackwards)), .init(key: "stateful", value: .bool(stateful)),
            .init(key: "unroll", value: .bool(unroll)),
            .init(key: "zero_output_for_mask", value: .bool(zeroOutputForMask)),
        ]
    }
}
