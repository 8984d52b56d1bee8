import JSONText
import NeuralNetwork

extension Add: PlainLayerCoding {}
extension Average: PlainLayerCoding {}
extension Maximum: PlainLayerCoding {}
extension Minimum: PlainLayerCoding {}
extension Multiply: PlainLayerCoding {}
extension Subtract: PlainLayerCoding {}

extension Concatenate: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Concatenate {
        Concatenate(axis: try configuration.integerOrList("axis")?.first ?? -1)
    }

    var encoded: [JSONValue.Member] { [.init(key: "axis", value: .integer(axis))] }
}

extension Dot: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Dot {
        Dot(
            axes: try configuration.integerOrList("axes") ?? [],
            normalize: try configuration.bool("normalize", default: false))
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "axes", value: axes.count == 1 ? .integer(axes[0]) : .integers(axes)),
            .init(key: "normalize", value: .bool(normalize)),
        ]
    }
}

extension LayerRegistry {
    static var merging: [any LayerCoding.Type] {
        [
            Add.self, Average.self, Concatenate.self, Dot.self, Maximum.self, Minimum.self, Multiply.self,
            Subtract.self,
        ]
    }
}
