import JSONText
import Memory
import NeuralNetwork

extension Normalization: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Normalization {
        let axis: [Int]
        switch configuration.config["axis"] {
        case nil: axis = [-1]
        case .null: axis = []
        case .array: axis = try configuration.integers("axis")
        default: axis = [try configuration.integer("axis")]
        }
        let mean = try configuration.numberArray("mean")
        let variance = try configuration.numberArray("variance")
        guard mean?.shape == variance?.shape else {
            let shapes = [mean, variance].map { $0.map { "of shape \($0.shape)" } ?? "null" }
            throw configuration.error(
                "mean is \(shapes[0]) and variance \(shapes[1]), expected both of one shape or null")
        }
        guard (mean?.shape.rank ?? 0) <= axis.count else {
            throw configuration.error(
                "mean has shape \(mean?.shape ?? []), expected at most as many axes as axis \(axis) keeps")
        }
        return Normalization(
            axis: axis,
            moments: mean.flatMap { mean in
                variance.map { Moments(mean: mean.values, variance: $0.values, shape: mean.shape) }
            },
            invert: try configuration.bool("invert", default: false))
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "axis", value: .integers(axis)), .init(key: "invert", value: .bool(invert)),
            .init(key: "mean", value: moments.map { NumberArray($0.mean, shape: $0.shape).encoded } ?? .null),
            .init(key: "variance", value: moments.map { NumberArray($0.variance, shape: $0.shape).encoded } ?? .null),
        ]
    }
}
