import JSONText
import NeuralNetwork

extension Attention: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Self {
        let dropout = try configuration.share("dropout", default: 0)
        let layer: Attention
        if configuration.kind == AdditiveAttention.kind {
            layer = AdditiveAttention(useScale: try configuration.bool("use_scale", default: true), dropout: dropout)
        } else {
            let text = configuration.config["score_mode"]?.stringValue ?? "dot"
            guard let mode = ScoreMode(rawValue: text) else {
                throw configuration.error("score_mode is \"\(text)\", expected \"dot\" or \"concat\"")
            }
            layer = Attention(
                useScale: try configuration.bool("use_scale", default: false), scoreMode: mode, dropout: dropout)
        }
        layer.seed = try configuration.seed()
        guard let result = layer as? Self else { throw configuration.error("is no \(Self.kind)") }
        return result
    }

    var encoded: [JSONValue.Member] {
        [.init(key: "use_scale", value: .bool(useScale))]
            + (self is AdditiveAttention ? [] : [.init(key: "score_mode", value: .string(scoreMode.rawValue))]) + [
                .init(key: "dropout", value: .number(dropout)),
                .init(key: "seed", value: seed.map(JSONValue.integer) ?? .null),
            ]
    }
}
