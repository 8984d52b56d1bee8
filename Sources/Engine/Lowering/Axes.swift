import OneDNN

/// The order of axes in tensors (Keras's: channels last) and in primitives (oneDNN's: channels behind the batch).
///
/// A layout is always kept in the tensor's order; primitives get and give theirs through these permutations. The memory
/// is the same, only its description turns.
enum Axes {
    /// (batch, height, width, channels) to (batch, channels, height, width), and back.
    static let imageToPrimitive = [0, 2, 3, 1]
    static let imageFromPrimitive = [0, 3, 1, 2]
    /// (height, width, in, out) to (out, in, height, width), and back.
    static let kernelToPrimitive = [2, 3, 1, 0]
    static let kernelFromPrimitive = [3, 2, 0, 1]
    /// (in, out) to (out, in), which is its own inverse.
    static let matrix = [1, 0]
}

extension MemoryDescriptor {
    /// A channels-last image as primitives see it; tensors of other ranks as they are.
    var primitiveOrder: MemoryDescriptor { dimensions.count == 4 ? permuted(Axes.imageToPrimitive) : self }
    /// What a primitive calls an image, as a tensor.
    var tensorOrder: MemoryDescriptor { dimensions.count == 4 ? permuted(Axes.imageFromPrimitive) : self }
}

extension PrimitiveDescription {
    /// The variant with the layouts at hand if oneDNN runs it with the same implementation as the variant with the
    /// layouts of its own choice: then no reorder can pay.
    static func preferring(
        _ atHand: () throws -> PrimitiveDescription, over free: () throws -> PrimitiveDescription
    ) throws -> PrimitiveDescription {
        let chosen = try free()
        do {
            let kept = try atHand()
            return kept.implementation == chosen.implementation ? kept : chosen
        } catch is OneDNNError {
            // oneDNN has no implementation for the layouts at hand.
            return chosen
        }
    }
}
