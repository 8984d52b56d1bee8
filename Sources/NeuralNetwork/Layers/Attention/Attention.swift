import Engine
import Memory

/// Dot-product attention (Luong et al., 2015) on a list of query (batch, queries, d), value (batch, keys, dv) and,
/// where it is not the value, key (batch, keys, d): `softmax(scores) · value`.
///
/// A mask of the value takes keys out, a mask of the query sets outputs to 0. Arguments of a call: `use_causal_mask`,
/// `return_attention_scores`.
public class Attention: Layer {
    /// How query and key give a score.
    public enum ScoreMode: String, Sendable, CaseIterable {
        /// `q · k`.
        case dot
        /// `w Σ tanh(scale (q + k))`.
        case concat
    }

    /// Whether a weight scales the scores.
    public let useScale: Bool
    public let scoreMode: ScoreMode
    /// In training, the part of the attention weights that becomes zero.
    public let dropout: Double
    /// Kept for files.
    public package(set) var seed: Int?

    public init(useScale: Bool = false, scoreMode: ScoreMode = .dot, dropout: Double = 0, name: String = "") {
        precondition((0...1).contains(dropout), "Attention: dropout \(dropout), expected 0…1")
        self.useScale = useScale
        self.scoreMode = scoreMode
        self.dropout = dropout
        super.init(name: name)
    }

    override public var supportsMasking: Bool { true }

    override public func outputShapes(of inputs: [Shape]) throws(ModelError) -> [Shape] {
        try outputShapes(of: inputs, arguments: [], batchSize: nil)
    }

    override public func outputShapes(
        of inputs: [Shape], arguments: [CallArgument], batchSize: Int?
    ) throws(ModelError) -> [Shape] {
        guard (2...3).contains(inputs.count), inputs.allSatisfy({ $0.rank == 2 }) else {
            throw error("takes a list of query, value and perhaps key, each (places, features), got \(inputs)")
        }
        let (query, value, key) = (inputs[0], inputs[1], inputs[inputs.count - 1])
        guard key[0] == value[0], query[1] == key[1] else {
            throw error(
                "query \(query), value \(value) and key \(key) do not fit: key and value need equal places, query and "
                    + "key equal features")
        }
        let scores = arguments.first { $0.name == "return_attention_scores" }?.value.truth ?? false
        return [[query[0], value[1]]] + (scores ? [[query[0], key[0]]] : [])
    }

    override public func parameters(for inputs: [Shape]) -> [ParameterSpecification] {
        (useScale ? [ParameterSpecification("scale", [], .ones)] : [])
            + (scoreMode == .concat ? [ParameterSpecification("concat_score_weight", [], .ones)] : [])
    }

    /// Scores (batch, queries, keys).
    func scores(_ query: Tensor, _ key: Tensor, _ context: LayerContext) -> Tensor {
        let scale = useScale ? context.parameters[0] : nil
        switch scoreMode {
        case .dot:
            let product = query.matrixProduct(key, transposeRight: true)
            return scale.map { product * $0 } ?? product
        case .concat:
            let sums = Attention.sums(query, key)
            return (scale.map { sums * $0 } ?? sums).tanh().sum(axes: [-1]) * context.parameters[useScale ? 1 : 0]
        }
    }

    /// `q + k` for all pairs: (batch, queries, keys, features).
    static func sums(_ query: Tensor, _ key: Tensor) -> Tensor {
        let (q, k) = (query.shape, key.shape)
        return query.reshaped([q[0], q[1], 1, q[2]]) + key.reshaped([k[0], 1, k[1], k[2]])
    }

    override public func call(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] {
        let (query, value, key) = (inputs[0], inputs[1], inputs[inputs.count - 1])
        var mask = context.masks[1].map { AttentionMask.ofKeys($0) }
        if context.argument("use_causal_mask")?.truth ?? false {
            let causal = AttentionMask.places(query.shape[1], key.shape[1], in: context.graph) { $0 >= $1 }
            mask = AttentionMask.both(mask, causal)
        }
        let type = value.type.scalar
        var weights = AttentionMask.softmax(scores(query, key, context), mask).casted(to: type)
        if context.isTraining && dropout > 0 {
            weights =
                dropout == 1
                ? weights.scaled(by: 0) : weights.dropout(rate: Float(dropout), stream: context.nextStream())
        }
        var output = weights.matrixProduct(value)
        if let mask = context.masks[0] {
            let zero = context.graph.constant(0, shape: []).casted(to: type)
            output = Tensor.select(AttentionMask.ofQueries(mask), output, zero)
        }
        return context.argument("return_attention_scores")?.truth ?? false ? [output, weights] : [output]
    }

    override public func outputMasks(
        _ inputs: [Tensor], outputs: [Tensor], _ context: LayerContext
    ) -> [Tensor?] {
        outputs.indices.map { $0 == 0 ? context.masks[0] : nil }
    }
}

/// Additive attention (Bahdanau et al., 2015): scores `Σ scale tanh(q + k)` with a scale of each feature.
public final class AdditiveAttention: Attention {
    public init(useScale: Bool = true, dropout: Double = 0, name: String = "") {
        super.init(useScale: useScale, dropout: dropout, name: name)
    }

    override public func parameters(for inputs: [Shape]) -> [ParameterSpecification] {
        useScale ? [ParameterSpecification("scale", [inputs[0].last], .glorotUniform)] : []
    }

    override func scores(_ query: Tensor, _ key: Tensor, _ context: LayerContext) -> Tensor {
        let values = Attention.sums(query, key).tanh()
        return (useScale ? values * context.parameters[0] : values).sum(axes: [-1])
    }
}
