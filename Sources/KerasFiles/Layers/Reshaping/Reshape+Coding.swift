import JSONText
import Memory
import NeuralNetwork

extension Reshape: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Reshape {
        let extents = try configuration.integers("target_shape")
        guard LayerConfiguration.elementCount(extents) != nil else {
            throw configuration.error("target_shape \(Shape(extents)) has too many elements")
        }
        return Reshape(Shape(extents))
    }

    var encoded: [JSONValue.Member] { [.init(key: "target_shape", value: .integers(targetShape.dimensions))] }
}
