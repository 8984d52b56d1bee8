import Engine
import Memory

/// Multi-head attention (Vaswani et al., 2017) on query, value and perhaps key, each (batch, places…, features).
///
/// Arguments of a call: `attention_mask` (batch, queries, keys) or with heads, `use_causal_mask`,
/// `return_attention_scores`, and masks of query, value and key.
public final class MultiHeadAttention: ProjectedAttention {
    public var numHeads: Int { heads.query }
    /// The extent of a head of query and key.
    public var keyDim: Int { extents.key }
    /// The extent of a head of the value.
    public var valueDim: Int { extents.value }
    /// The extents that the heads are projected to; nil for the query's.
    public let outputShape: [Int]?
    /// The axes that attention goes along, the batch being 0; nil for all between batch and features.
    public let attentionAxes: [Int]?

    public init(
        _ numHeads: Int, _ keyDim: Int, valueDim: Int? = nil, outputShape: [Int]? = nil, attentionAxes: [Int]? = nil,
        options: AttentionOptions = AttentionOptions(), name: String = ""
    ) {
        precondition(
            outputShape.map { (1...4).contains($0.count) && $0.allSatisfy { $0 > 0 } } ?? true,
            "MultiHeadAttention: output shape \(outputShape ?? []), expected one to four positive numbers")
        self.outputShape = outputShape
        self.attentionAxes = attentionAxes
        super.init(
            heads: (numHeads, numHeads), extents: (keyDim, valueDim ?? keyDim), options: options, name: name)
    }

    override func axes(_ query: Shape) -> [Int] {
        // Keras counts negative axes from the end of the projected tensor.
        attentionAxes?.map { $0 < 0 ? $0 + query.rank + 1 : $0 } ?? Array(1..<query.rank)
    }

    override func projected(_ query: Shape) -> [Int] { outputShape ?? [query.last] }
}

/// Attention whose query has more heads than key and value (Ainslie et al., 2023): each of these serves a group.
///
/// Query, value and key are (batch, places, features); arguments of a call are those of `MultiHeadAttention`.
public final class GroupQueryAttention: ProjectedAttention {
    public var headDim: Int { extents.key }
    public var numQueryHeads: Int { heads.query }
    public var numKeyValueHeads: Int { heads.key }

    public init(
        _ headDim: Int, _ numQueryHeads: Int, _ numKeyValueHeads: Int, options: AttentionOptions = AttentionOptions(),
        name: String = ""
    ) {
        precondition(
            numKeyValueHeads > 0 && numQueryHeads % numKeyValueHeads == 0,
            "GroupQueryAttention: \(numQueryHeads) heads of the query, expected a multiple of \(numKeyValueHeads)")
        super.init(
            heads: (numQueryHeads, numKeyValueHeads), extents: (headDim, headDim), options: options, name: name)
    }

    override var stem: String { "grouped_query_attention" }
    override var groupPrefix: String { "_" }

    override public func outputShapes(
        of inputs: [Shape], arguments: [CallArgument], batchSize: Int?
    ) throws(ModelError) -> [Shape] {
        guard inputs.allSatisfy({ $0.rank == 2 }), inputs.count < 2 || inputs[0][1] == inputs[1][1] else {
            throw error("takes query and value (places, features) with equal features, got \(inputs)")
        }
        return try super.outputShapes(of: inputs, arguments: arguments, batchSize: batchSize)
    }
}
