internal import Augmentation
import JSONText
import NeuralNetwork

extension LayerConfiguration {
    /// A factor as Keras takes it: one number f for -f to f, or from the lowest that may be, or a list of two.
    func factor(
        _ key: String, in bounds: ClosedRange<Double>, default fallback: ClosedRange<Double>? = nil
    ) throws(ConfigurationError) -> ClosedRange<Double> {
        guard let value = config[key], !value.isNull else {
            guard let fallback else { throw error("\(key) is absent, expected a number or a list of two") }
            return fallback
        }
        var ends: [Double]
        if let number = value.doubleValue {
            ends = [max(-number.magnitude, bounds.lowerBound), number.magnitude]
        } else {
            ends = (value.arrayValue ?? []).compactMap(\.doubleValue).sorted()
        }
        guard ends.count == 2, ends.allSatisfy({ bounds.contains($0) }),
            value.arrayValue.map({ $0.count == 2 }) ?? true
        else {
            throw error(
                "\(key) is \(value.text()), expected a number or a list of two from \(bounds.lowerBound) to "
                    + "\(bounds.upperBound)")
        }
        return ends[0]...ends[1]
    }

    /// `value_range`, a list of two.
    func valueRange() throws(ConfigurationError) -> ClosedRange<Double> {
        guard let value = config["value_range"], !value.isNull else { return 0...255 }
        let ends = (value.arrayValue ?? []).compactMap(\.doubleValue)
        guard ends.count == 2, value.arrayValue?.count == 2, ends[0] < ends[1] else {
            throw error("value_range is \(value.text()), expected a list of two numbers, the lower one first")
        }
        return ends[0]...ends[1]
    }

    /// `fill_mode`, `interpolation` and `fill_value`.
    func resampling() throws(ConfigurationError) -> ResamplingOptions {
        ResamplingOptions(
            fillMode: try choice("fill_mode", default: .reflect),
            interpolation: try choice("interpolation", default: .bilinear),
            fillValue: try number("fill_value", default: 0))
    }

    /// Images have their channels last.
    func requireChannelsLast() throws(ConfigurationError) {
        try requireAbsent("bounding_box_format")
        guard let format = config["data_format"], !format.isNull else { return }
        try require("data_format", .string("channels_last"))
    }
}

extension [JSONValue.Member] {
    /// What all random layers have.
    static func random(_ seed: Int?, _ members: JSONValue.Member...) -> Self {
        members + [.init(key: "seed", value: seed.map { .integer($0) } ?? .null), .channelsLast]
    }

    static func resampling(_ options: ResamplingOptions) -> Self {
        [
            .init(key: "fill_mode", value: .string(options.fillMode.rawValue)),
            .init(key: "interpolation", value: .string(options.interpolation.rawValue)),
            .init(key: "fill_value", value: .number(options.fillValue)),
        ]
    }
}

extension JSONValue.Member {
    /// The ends of a range.
    static func range(_ key: String, _ range: ClosedRange<Double>) -> Self {
        .init(key: key, value: .array([.number(range.lowerBound), .number(range.upperBound)]))
    }

    static func valueRange(_ range: ClosedRange<Double>) -> Self { .range("value_range", range) }
}
