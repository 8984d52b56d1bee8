import Engine
import Memory

/// Its inputs one behind the other along an axis; all other extents are equal.
public final class Concatenate: Layer {
    /// As Keras counts axes: the batch is 0, negative ones count from the last.
    public let axis: Int

    public init(axis: Int = -1, name: String = "") {
        self.axis = axis
        super.init(name: name)
    }

    override public var supportsMasking: Bool { true }

    override public func outputShapes(of inputs: [Shape]) throws(ModelError) -> [Shape] {
        guard var result = inputs.first else { throw error("takes a list of at least one input, got none") }
        let position = try sampleAxis(axis, of: result)
        for input in inputs.dropFirst() {
            var other = input
            if input.rank == result.rank { other[position] = result[position] }
            guard other == result else {
                throw error("the inputs have shapes \(inputs), which must be equal but along axis \(axis)")
            }
            result[position] += input[position]
        }
        return [result]
    }

    override public func outputTypes(of inputs: [ScalarType]) -> [ScalarType] {
        [inputs.allSatisfy { $0 == .int32 } ? .int32 : .float32]
    }

    override public func call(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] {
        let types = inputs.map(\.type.scalar)
        let type = types.first { $0.isFloatingPoint } ?? types[0]
        return [Tensor.concatenate(inputs.map { $0.casted(to: type) }, axis: axis)]
    }

    override public func outputMasks(
        _ inputs: [Tensor], outputs: [Tensor], _ context: LayerContext
    ) -> [Tensor?] {
        guard context.masks.contains(where: { $0 != nil }) else { return [nil] }
        let rank = inputs[0].shape.rank
        let position = axis < 0 ? axis + rank : axis
        // A place is valid where any feature of any input is.
        if position == rank - 1 { return [Tensor.anyMask(context.masks)] }
        let masks = zip(inputs, context.masks).map { input, mask in
            let leading = Shape(Array(input.shape.dimensions.dropLast()))
            guard let mask else { return input.graph.constant(1, shape: leading) }
            let places = mask.shape.rank == rank ? mask.max(axes: [-1]) : mask
            return places.aligned(rank: rank - 1).broadcast(to: leading)
        }
        return [Tensor.concatenate(masks, axis: position)]
    }
}

extension Layer {
    /// The axis of a sample that Keras's number means: the batch is 0, negative ones count from the last.
    ///
    /// - Throws: for the batch axis and axes that there are not.
    func sampleAxis(_ axis: Int, of sample: Shape) throws(ModelError) -> Int {
        let position = axis < 0 ? axis + sample.rank + 1 : axis
        guard (0...sample.rank).contains(position) else {
            throw error("axis \(axis) is out of range for an input of shape \(sample) behind the batch axis")
        }
        guard position > 0 else {
            throw error("axis \(axis) is the batch, whose extent is not fixed; name an axis of the samples")
        }
        return position - 1
    }
}
