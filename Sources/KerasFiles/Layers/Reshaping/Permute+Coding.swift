import JSONText
import NeuralNetwork

extension Permute: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Permute {
        Permute(try configuration.integers("dims"))
    }

    var encoded: [JSONValue.Member] { [.init(key: "dims", value: .integers(dims))] }
}

extension RepeatVector: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RepeatVector {
        RepeatVector(try configuration.integer("n"))
    }

    var encoded: [JSONValue.Member] { [.init(key: "n", value: .integer(n))] }
}
