import Engine
import Memory

/// What attention with projections to several heads has in common.
public struct AttentionOptions: Sendable {
    /// In training, the part of the attention weights that becomes zero.
    public var dropout: Double
    public var useBias: Bool
    /// Whether `sigmoid` of one more projection of the query multiplies the heads.
    public var useGate: Bool
    /// How far apart query and key may be, themselves included; nil for any distance.
    public var slidingWindow: Int?
    public var kernel: WeightOptions
    public var bias: WeightOptions
    /// Keras's seed of the dropout, kept for files.
    public var seed: Int?

    public init(
        dropout: Double = 0, useBias: Bool = true, useGate: Bool = false, slidingWindow: Int? = nil,
        kernel: WeightOptions = WeightOptions(.glorotUniform), bias: WeightOptions = WeightOptions(.zeros),
        seed: Int? = nil
    ) {
        precondition((0...1).contains(dropout), "attention: dropout \(dropout), expected 0…1")
        precondition(slidingWindow ?? 1 > 0, "attention: sliding window \(slidingWindow ?? 0), expected 1 or more")
        self.dropout = dropout
        self.useBias = useBias
        self.useGate = useGate
        self.slidingWindow = slidingWindow
        self.kernel = kernel
        self.bias = bias
        self.seed = seed
    }
}

/// Attention between projections of query, value and key to several heads.
///
/// Masks of query, value and key, `attention_mask`, `use_causal_mask` and the sliding window count together. A query that
/// may look nowhere gets the mean of all values; with dropout, or when scores are asked for, zeros: as in Keras.
public class ProjectedAttention: Layer {
    public let options: AttentionOptions
    /// Heads of the query, and of key and value.
    let heads: (query: Int, key: Int)
    /// Extents of a head of query and key, and of value.
    let extents: (key: Int, value: Int)
    private let query, key, value: EinsumDense
    private let gate: EinsumDense?
    private var output: EinsumDense?
    private let dropoutLayer: Dropout
    private let softmaxLayer = Softmax()

    init(heads: (query: Int, key: Int), extents: (key: Int, value: Int), options: AttentionOptions, name: String) {
        precondition(
            heads.query > 0 && heads.key > 0 && extents.key > 0 && extents.value > 0,
            "attention: heads \(heads), extents \(extents), expected positive numbers")
        self.options = options
        self.heads = heads
        self.extents = extents
        func projection(_ name: String, _ heads: Int, _ extent: Int, _ activation: ActivationFunction) -> EinsumDense {
            Self.projection(
                "...x,xhd->...hd", [heads, extent], options.useBias ? "hd" : nil, options, name, activation)
        }
        query = projection("query", heads.query, extents.key, .linear)
        key = projection("key", heads.key, extents.key, .linear)
        value = projection("value", heads.key, extents.value, .linear)
        gate = options.useGate ? projection("gate", heads.query, extents.value, .sigmoid) : nil
        dropoutLayer = Dropout(options.dropout)
        super.init(name: name)
    }

    private static func projection(
        _ equation: String, _ shape: [Int], _ biasAxes: String?, _ options: AttentionOptions, _ name: String,
        _ activation: ActivationFunction = .linear
    ) -> EinsumDense {
        let layer = EinsumDense(
            equation, outputShape: shape.map { $0 }, activation: activation, biasAxes: biasAxes, name: name)
        layer.kernel = options.kernel
        layer.bias = options.bias
        return layer
    }

    /// The axes of the projected query, the batch being 0, that attention goes along.
    func axes(_ query: Shape) -> [Int] { [1] }

    /// The extents that the heads are projected back to.
    func projected(_ query: Shape) -> [Int] { [query.last] }

    /// Prefix of the groups of sublayers in files.
    var groupPrefix: String { "" }

    override public var supportsMasking: Bool { true }
    override public var regularizesOutputs: Bool { false }
    override public var inputArguments: [String] { ["query", "value", "key"] }
    override public var policy: DTypePolicy { didSet { follow() } }
    override public var activityRegularizer: (any Regularizer)? { didSet { follow() } }

    private func follow() {
        for layer in [query, key, value, gate, output].compactMap({ $0 }) {
            layer.policy = policy
            layer.activityRegularizer = activityRegularizer
        }
        dropoutLayer.policy = policy
        softmaxLayer.policy = policy
    }

    override public func outputShapes(of inputs: [Shape]) throws(ModelError) -> [Shape] {
        try outputShapes(of: inputs, arguments: [], batchSize: nil)
    }

    override public func outputShapes(
        of inputs: [Shape], arguments: [CallArgument], batchSize: Int?
    ) throws(ModelError) -> [Shape] {
        guard (2...3).contains(inputs.count), inputs.allSatisfy({ $0.rank >= 2 && $0.rank == inputs[0].rank }) else {
            throw error("takes query, value and perhaps key of equally many axes, got \(inputs)")
        }
        let (q, v, k) = (inputs[0], inputs[1], inputs[inputs.count - 1])
        guard v.dimensions.dropLast() == k.dimensions.dropLast() else {
            throw error("value \(v) and key \(k) must have equal extents in front of the last axis")
        }
        let axes = axes(q)
        guard !axes.isEmpty, Set(axes).count == axes.count, axes.allSatisfy((1..<q.rank).contains) else {
            throw error("attention_axes is \(axes), expected axes from 1 to \(q.rank - 1), each once")
        }
        for axis in 1..<q.rank where !axes.contains(axis) && q[axis - 1] != v[axis - 1] {
            throw error("query \(q) and value \(v) differ along axis \(axis), which is no attention axis")
        }
        let (queries, keys) = (axes.map { q[$0 - 1] }, axes.map { v[$0 - 1] })
        let batch = (1..<q.rank).filter { !axes.contains($0) }.map { q[$0 - 1] } + [heads.query]
        let scores = Shape(batch + queries + keys)
        for argument in arguments where argument.name == "attention_mask" {
            guard let mask = argument.value.tensors.first?.shape else { continue }
            let full = scores.prepending(1)
            guard Self.expanded(mask.prepending(1), axes.count, rank: full.rank).broadcast(with: full) == full else {
                throw error("attention_mask has shape \(mask), expected one that is repeated to \(queries + keys)")
            }
        }
        let isScored = arguments.first { $0.name == "return_attention_scores" }?.value.truth ?? false
        return [Shape(q.dimensions.dropLast() + projected(q))] + (isScored ? [scores] : [])
    }

    override public func sublayers(for inputs: [Shape]) -> [Sublayer] {
        let (q, v, k) = (inputs[0], inputs[1], inputs[inputs.count - 1])
        let back = projected(q)
        if output == nil {
            let letters = String("opqrstuvwyz".prefix(back.count))
            output = Self.projection(
                "...hd,hd\(letters)->...\(letters)", back, options.useBias ? letters : nil, options,
                "attention_output")
            follow()
        }
        let headed = Shape(q.dimensions.dropLast() + [heads.query, extents.value])
        var result = [
            Sublayer("\(groupPrefix)query_dense", query, inputs: [q]),
            Sublayer("\(groupPrefix)key_dense", key, inputs: [k]),
        ]
        if let gate { result.append(Sublayer("_gate_dense", gate, inputs: [q])) }
        return result + [
            Sublayer("\(groupPrefix)value_dense", value, inputs: [v]),
            Sublayer("_softmax", softmaxLayer, inputs: [headed]),
            Sublayer("_dropout_layer", dropoutLayer, inputs: [headed]),
            Sublayer("\(groupPrefix)output_dense", output!, inputs: [headed]),
        ]
    }

    override public func call(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] {
        let shapes = inputs.map(\.shape.withoutFirst)
        let axes = axes(shapes[0])
        let isScored = context.argument("return_attention_scores")?.truth ?? false
        let zeroes = options.dropout > 0 || isScored || inputs[0].shape.rank != 3
        let heads = AttentionHeads(
            query: context.call(query, [inputs[0]])[0], key: context.call(key, [inputs[inputs.count - 1]])[0],
            value: context.call(value, [inputs[1]])[0], axes: axes)
        let mask = mask(inputs, axes, context).map {
            $0.reshaped(Self.expanded($0.shape, axes.count, rank: heads.scoresShape.rank))
        }
        let weights = heads.weights(mask, zeroes: zeroes)
        let dropped = options.dropout > 0 ? context.call(dropoutLayer, [weights])[0] : weights
        var attended = heads.attended(dropped)
        if let gate { attended = attended * context.call(gate, [inputs[0]])[0] }
        return context.call(output!, [attended]) + (isScored ? [weights] : [])
    }

    /// Everything that keeps a query from looking somewhere; nil for nothing.
    private func mask(_ inputs: [Tensor], _ axes: [Int], _ context: LayerContext) -> Tensor? {
        var mask = context.masks[0].map { AttentionMask.ofQueries($0) }
        for keys in context.masks.dropFirst() { mask = AttentionMask.both(mask, keys.map { AttentionMask.ofKeys($0) }) }
        // As in Keras, along the first axis behind the batch.
        let (queries, keys) = (inputs[0].shape[1], inputs[1].shape[1])
        if context.argument("use_causal_mask")?.truth ?? false {
            mask = AttentionMask.both(mask, AttentionMask.places(queries, keys, in: context.graph) { $0 >= $1 })
        }
        if let window = options.slidingWindow {
            let near = AttentionMask.places(queries, keys, in: context.graph) { abs($0 - $1) < window }
            mask = AttentionMask.both(mask, near)
        }
        return AttentionMask.both(context.keywords["attention_mask"]?.first?.casted(to: .float32), mask)
    }

    /// Keras's shape of a mask among the scores: axes of extent 1 in front of those of queries and keys.
    private static func expanded(_ mask: Shape, _ axes: Int, rank: Int) -> Shape {
        let split = max(0, mask.rank - 2 * axes)
        let missing = Array(repeating: 1, count: max(0, rank - mask.rank))
        return Shape(mask.dimensions[..<split] + missing + mask.dimensions[split...])
    }

    override public func outputMasks(
        _ inputs: [Tensor], outputs: [Tensor], _ context: LayerContext
    ) -> [Tensor?] {
        outputs.indices.map { $0 == 0 ? context.masks[0] : nil }
    }
}
