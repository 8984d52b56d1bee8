import JSONText
import NeuralNetwork

extension Flatten: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Flatten {
        try configuration.require("data_format", .string("channels_last"))
        return Flatten()
    }

    var encoded: [JSONValue.Member] { [.init(key: "data_format", value: .string("channels_last"))] }
}
