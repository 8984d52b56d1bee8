import JSONText
import NeuralNetwork

extension Masking: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Masking {
        let value = try configuration.numberArray("mask_value") ?? [0]
        guard let number = value.values.first,
            value.values.count == 1
        else { throw configuration.error("mask_value has several numbers, expected one") }
        return Masking(maskValue: Float(number))
    }

    var encoded: [JSONValue.Member] { [.init(key: "mask_value", value: .float(maskValue))] }
}

extension Identity: PlainLayerCoding {}
