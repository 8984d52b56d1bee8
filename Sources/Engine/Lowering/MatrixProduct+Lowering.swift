import Memory
import OneDNN

extension MatrixProduct: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let rank = builder.shape(node.outputs[0]).rank
        let target = builder.plainLayout(of: node.outputs[0])
        let sides = try zip(node.inputs, [transposesLeft, transposesRight]).map { input, transposes in
            let plain = Operand(builder.plainLayout(of: input), transposes: transposes, rank: rank)
            let atHand = Operand(try builder.placement(of: input).layout, transposes: transposes, rank: rank)
            return (plain: plain, atHand: atHand)
        }
        let plain = try PrimitiveDescription.matrixProduct(
            sides[0].plain.layout, sides[1].plain.layout, destination: target)
        // A transposed or sliced view is taken as it is where that is no slower. The products by gemm, which oneDNN 2.6 takes
        // on processors without AVX-512, read a view from the beginning of its memory, whatever its offset.
        var chosen = (plain, sides[0].plain, sides[1].plain)
        for (left, right) in [
            (sides[0].atHand, sides[1].atHand), (sides[0].plain, sides[1].atHand), (sides[0].atHand, sides[1].plain),
        ] {
            let description = try? PrimitiveDescription.matrixProduct(left.layout, right.layout, destination: target)
            if let description, description.implementation == plain.implementation,
                !description.implementation.hasPrefix("gemm") || (left.layout.offset == 0 && right.layout.offset == 0)
            {
                chosen = (description, left, right)
                break
            }
        }
        let left = try builder.read(node.inputs[0], as: chosen.1.kept)
        let right = try builder.read(node.inputs[1], as: chosen.2.kept)
        let result = builder.write(node.outputs[0], layout: target)
        try builder.add(
            chosen.0,
            [
                (.source, left.buffer, chosen.1.layout), (.weights, right.buffer, chosen.2.layout),
                (.destination, result.buffer, target),
            ])
    }
}

/// An operand as it is kept, and as the product sees it: the last two axes turned, leading axes of 1 added.
private struct Operand {
    let kept: MemoryDescriptor
    let layout: MemoryDescriptor

    init(_ kept: MemoryDescriptor, transposes: Bool, rank: Int) {
        self.kept = kept
        var seen = kept
        let own = kept.dimensions.count
        if transposes { seen = seen.permuted(Array(0..<own - 2) + [own - 1, own - 2]) }
        layout = own < rank ? seen.withLeadingAxes(rank - own) : seen
    }
}
