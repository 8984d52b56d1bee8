import Engine
import Memory

/// The same elements under another shape; one extent may be −1 and is then computed.
public final class Reshape: Layer {
    public let targetShape: Shape

    public init(_ targetShape: Shape, name: String = "") {
        self.targetShape = targetShape
        super.init(name: name)
    }

    public override func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard targetShape.dimensions.allSatisfy({ $0 >= -1 && $0 != 0 }) else {
            throw error("target_shape is \(targetShape), expected positive numbers, of which one may be -1")
        }
        var result = targetShape
        let open = targetShape.dimensions.indices.filter { targetShape[$0] == -1 }
        let known = targetShape.dimensions.filter { $0 != -1 }.reduce(1, *)
        if open.count == 1 && known > 0 && input.elementCount % known == 0 {
            result[open[0]] = input.elementCount / known
        }
        guard open.count <= 1, result.elementCount == input.elementCount else {
            throw error(
                "cannot reshape \(input) with \(input.elementCount) elements to \(targetShape) with \(known) elements")
        }
        return result
    }

    public override func outputTypes(of inputs: [ScalarType]) -> [ScalarType] { inputs }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        do {
            return input.reshaped(try outputShape(of: input.shape.withoutFirst).prepending(input.shape[0]))
        } catch {
            preconditionFailure("\(error)")
        }
    }
}
