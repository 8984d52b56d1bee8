import Memory
import OneDNN

/// The order of axes in tensors (Keras's: channels last) and in primitives (oneDNN's: channels behind the batch).
///
/// A layout is always kept in the tensor's order; primitives get and give theirs through these permutations. The memory
/// is the same, only its description turns. Which tensor is an image is known to convolutions and poolings alone.
enum Axes {
    /// (batch, spatial…, channels) to (batch, channels, spatial…).
    static func imageToPrimitive(_ rank: Int) -> [Int] { [0] + Array(2..<rank) + [1] }
    /// And back.
    static func imageFromPrimitive(_ rank: Int) -> [Int] { [0, rank - 1] + Array(1..<rank - 1) }
    /// (spatial…, in, out) to (out, in, spatial…).
    static func kernelToPrimitive(_ rank: Int) -> [Int] { Array(2..<rank) + [1, 0] }
    /// And back.
    static func kernelFromPrimitive(_ rank: Int) -> [Int] { [rank - 1, rank - 2] + Array(0..<rank - 2) }
    /// (spatial…, in, group, out) to (group, out, in, spatial…).
    static func groupsToPrimitive(_ rank: Int) -> [Int] { Array(3..<rank) + [2, 0, 1] }
    /// (in, out) to (out, in), which is its own inverse.
    static let matrix = [1, 0]
}

/// How primitives see images (batch, spatial…, channels): channels behind the batch, and sequences as images of height
/// 1, since oneDNN's fast convolutions and poolings of images are more than those of sequences.
struct ImageAxes {
    /// Of the tensors.
    let rank: Int

    var isSequence: Bool { rank == 3 }

    /// A tensor's layout, to a primitive.
    func primitive(_ layout: MemoryDescriptor) -> MemoryDescriptor {
        let turned = layout.permuted(Axes.imageToPrimitive(rank))
        guard isSequence else { return turned }
        let extents = turned.dimensions
        return turned.reshaped([extents[0], extents[1], 1, extents[2]])
    }

    /// What a primitive calls an image, as a tensor.
    func tensor(_ layout: MemoryDescriptor) -> MemoryDescriptor {
        let extents = layout.dimensions
        let image = isSequence ? layout.reshaped([extents[0], extents[1], extents[3]]) : layout
        return image.permuted(Axes.imageFromPrimitive(rank))
    }

    /// The wish for any layout of an image of the given shape.
    func any(_ shape: Shape, _ type: ScalarType) -> MemoryDescriptor {
        .init(any: [shape[0], shape.last] + (isSequence ? [1] : []) + shape.spatial, type: type)
    }

    /// A window, with an axis for the height that sequences do not have.
    func window(_ window: Window) -> Window {
        guard isSequence else { return window }
        return Window(
            kernel: [1] + window.kernel, strides: [1] + window.strides, dilation: [1] + window.dilation,
            paddingBefore: [0] + window.paddingBefore, paddingAfter: [0] + window.paddingAfter)
    }
}

extension Shape {
    /// The extents between the batch and the channels.
    var spatial: [Int] { Array(dimensions[1..<rank - 1]) }
}

extension PrimitiveDescription {
    /// The variant with the layouts at hand if oneDNN runs it with the same implementation as the variant with the
    /// layouts of its own choice, or if that is none made for the processor: then no reorder can pay.
    static func preferring(
        _ atHand: () throws -> PrimitiveDescription, over free: () throws -> PrimitiveDescription
    ) throws -> PrimitiveDescription {
        let chosen = try free()
        do {
            let kept = try atHand()
            guard kept.isWide == chosen.isWide else { return chosen.isWide ? kept : chosen }
            return kept.implementation == chosen.implementation || (kept.isNative && !chosen.isNative) ? kept : chosen
        } catch is OneDNNError {
            // oneDNN has no implementation for the layouts at hand.
            return chosen
        }
    }
    /// Whether the loops are generated for the shape and the processor, and not put together from general products.
    var isNative: Bool { implementation.hasPrefix("jit") || implementation.hasPrefix("brg") }
}
