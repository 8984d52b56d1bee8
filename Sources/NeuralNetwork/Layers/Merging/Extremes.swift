import Engine

/// The largest of its inputs; where one of two is masked, the other one counts.
public final class Maximum: Extreme {
    override func merged(_ left: Tensor, _ right: Tensor) -> Tensor { left.maximum(right) }
}

/// The smallest of its inputs; where one of two is masked, the other one counts.
public final class Minimum: Extreme {
    override func merged(_ left: Tensor, _ right: Tensor) -> Tensor { left.minimum(right) }
}

/// An extreme has no neutral element that a masked input could have: the other input stands in.
public class Extreme: Merge {
    override final func merged(_ inputs: [Tensor], _ context: LayerContext) -> Tensor {
        var result = inputs[0]
        // As in Keras, inputs that got more axes have lost their masks.
        let masks = zip(inputs, context.masks).map { input, mask in
            mask.flatMap {
                $0.shape.rank < input.shape.rank && fits($0, input) ? $0.aligned(rank: input.shape.rank) : nil
            }
        }
        var resultMask = masks[0]
        for (var input, mask) in zip(inputs, masks).dropFirst() {
            if let mask { input = Tensor.select(mask, input, result) }
            if let resultMask { result = Tensor.select(resultMask, result, input) }
            resultMask = Tensor.anyMask([resultMask, mask])
            result = merged(result, input)
        }
        return result
    }

    private func fits(_ mask: Tensor, _ input: Tensor) -> Bool {
        mask.shape.dimensions == Array(input.shape.dimensions.prefix(mask.shape.rank))
    }
}
