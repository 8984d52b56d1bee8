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
        let mean = try NestedNumbers(configuration, "mean")
        let variance = try NestedNumbers(configuration, "variance")
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
            .init(key: "mean", value: moments.map { .nested($0.mean[...], $0.shape) } ?? .null),
            .init(key: "variance", value: moments.map { .nested($0.variance[...], $0.shape) } ?? .null),
        ]
    }
}

/// A number, or lists of numbers nested to one depth, row-major.
private struct NestedNumbers {
    let shape: Shape
    let values: [Double]

    /// Nil for null and for a setting that is absent.
    init?(_ configuration: LayerConfiguration, _ key: String) throws(ConfigurationError) {
        guard let value = configuration.config[key], !value.isNull else { return nil }
        guard let numbers = NestedNumbers(value) else {
            throw configuration.error("\(key) is \(value.text()), expected a number or an array of numbers")
        }
        self = numbers
    }

    /// Nil for lists of different lengths or depths, and for anything that is no number.
    private init?(_ value: JSONValue) {
        if let number = value.doubleValue {
            (shape, values) = ([], [number])
            return
        }
        guard let parts = value.arrayValue?.map({ NestedNumbers($0) }), let first = parts.first,
            parts.allSatisfy({ $0 != nil && $0?.shape == first?.shape }), let inner = first?.shape
        else { return nil }
        shape = inner.prepending(parts.count)
        values = parts.flatMap { $0?.values ?? [] }
    }
}

extension JSONValue {
    /// Row-major numbers as lists nested by shape.
    fileprivate static func nested(_ values: ArraySlice<Double>, _ shape: Shape) -> JSONValue {
        guard shape.rank > 0 else { return .number(values.first!) }
        let inner = shape.withoutFirst
        let stride = inner.elementCount
        return .array(
            (0..<shape[0]).map { index in
                let begin = values.startIndex + index * stride
                return nested(values[begin..<begin + stride], inner)
            })
    }
}
