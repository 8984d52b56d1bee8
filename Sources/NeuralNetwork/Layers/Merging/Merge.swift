import Engine
import Memory

/// A layer that joins several inputs element by element, repeating extents of 1.
///
/// Inputs with fewer axes get axes of extent 1 behind the batch axis. The output is masked where no input is valid, if
/// all inputs have masks; else nowhere.
public class Merge: Layer {
    override public var supportsMasking: Bool { true }

    override public final func outputShapes(of inputs: [Shape]) throws(ModelError) -> [Shape] {
        try checkCount(inputs.count)
        var result = inputs[0]
        for input in inputs.dropFirst() {
            guard let shape = result.broadcast(with: input) else {
                throw error("the inputs have shapes \(inputs), whose extents must be equal or 1")
            }
            result = shape
        }
        return [result]
    }

    /// Throws for a number of inputs that the layer does not take.
    func checkCount(_ count: Int) throws(ModelError) {
        guard count >= 1 else { throw error("takes a list of at least one input, got none") }
    }

    override public final func call(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] {
        let rank = inputs.map(\.shape.rank).max()!
        let aligned = inputs.map { input in
            let missing = [Int](repeating: 1, count: rank - input.shape.rank)
            return input.reshaped(Shape([input.shape[0]] + missing + input.shape.dimensions.dropFirst()))
        }
        return [merged(aligned, context)]
    }

    /// The inputs as one; all have the same number of axes.
    func merged(_ inputs: [Tensor], _ context: LayerContext) -> Tensor {
        inputs.dropFirst().reduce(inputs[0]) { merged($0, $1) }
    }

    /// Two of the inputs as one.
    func merged(_ left: Tensor, _ right: Tensor) -> Tensor {
        preconditionFailure("\(kind): overrides no form of merged")
    }

    override public final func outputMasks(
        _ inputs: [Tensor], outputs: [Tensor], _ context: LayerContext
    ) -> [Tensor?] {
        [Tensor.anyMask(context.masks)]
    }
}

extension Tensor {
    /// 1 where any of several masks is; nil if one is missing, or if they do not fit each other.
    static func anyMask(_ masks: [Tensor?]) -> Tensor? {
        let given = masks.compactMap { $0 }
        guard var result = given.first, given.count == masks.count else { return nil }
        for mask in given.dropFirst() {
            guard result.shape.broadcast(with: mask.shape) != nil else { return nil }
            result = result.maximum(mask)
        }
        return result
    }

    /// This mask of leading axes with axes of extent 1 behind, so that it is repeated along the others of a tensor.
    func aligned(rank: Int) -> Tensor {
        let missing = Swift.max(0, rank - shape.rank)
        return reshaped(Shape(shape.dimensions + Array(repeating: 1, count: missing)))
    }
}
