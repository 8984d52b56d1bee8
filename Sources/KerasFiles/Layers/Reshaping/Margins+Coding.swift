import JSONText
import NeuralNetwork

extension LayerConfiguration {
    /// What lies at both ends of each of some axes: one number for all, one per axis, or two per axis.
    func margins(_ key: String, axes: Int) throws(ConfigurationError) -> [Margin] {
        guard let items = config[key]?.arrayValue else {
            return Array(repeating: Margin(try integer(key)), count: axes)
        }
        // Of a sequence the two ends stand without a list around them.
        if axes == 1, items.count == 2, items[0].arrayValue == nil {
            let ends = try integers(key)
            return [Margin(ends[0], ends[1])]
        }
        return try items.map { item throws(ConfigurationError) in
            guard item.arrayValue != nil else { return Margin(try integers(.array([item]), key)[0]) }
            let ends = try integers(item, key)
            guard ends.count == 2 else {
                throw error("\(key) is \(config[key]!.text()), expected two numbers per axis")
            }
            return Margin(ends[0], ends[1])
        }
    }
}

extension [Margin] {
    var encoded: JSONValue {
        let ends = map { JSONValue.integers([$0.before, $0.after]) }
        return ends.count == 1 ? ends[0] : .array(ends)
    }
}
