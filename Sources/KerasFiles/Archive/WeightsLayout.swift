import NeuralNetwork

/// The groups of a weights file: `layers/<class>[_n]`, counted by class in the order of the layers.
enum WeightsLayout {
    /// The group of each layer.
    static func groups(of layers: [any Layer]) -> [String] {
        var counts: [String: Int] = [:]
        return layers.map { layer in
            let stem = snakeCase(type(of: layer).kind)
            let count = counts[stem, default: 0]
            counts[stem] = count + 1
            return "layers/" + (count == 0 ? stem : "\(stem)_\(count)")
        }
    }
}
