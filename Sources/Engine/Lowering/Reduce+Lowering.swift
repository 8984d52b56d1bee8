import CKernels
import Memory
import OneDNN

extension Reduce: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let input = node.inputs[0]
        let atHand = try builder.placement(of: input).layout
        let plain = builder.plainLayout(of: input)
        let loops = kept(atHand)
        var source = try builder.read(input, as: (loops == nil ? plain : atHand).withType(.float32)).buffer
        // Neighbouring loops with the same fate are one; each run of reduced ones is a pass, the longest run first.
        var runs: [(extent: Int, isReduced: Bool)] = []
        for loop in loops ?? kept(plain)! {
            let isReduced = axes.contains(loop.axis)
            if runs.last?.isReduced == isReduced {
                runs[runs.count - 1].extent *= loop.extent
            } else {
                runs.append((loop.extent, isReduced))
            }
        }
        if !runs.contains(where: \.isReduced) { runs.append((1, true)) }
        let type = builder.graph.values[node.outputs[0]].type.scalar
        while let longest = runs.indices.filter({ runs[$0].isReduced }).max(by: { runs[$0].extent < runs[$1].extent }) {
            let isLast = runs.filter(\.isReduced).count == 1
            let outer = runs[..<longest].reduce(1) { $0 * $1.extent }
            let inner = runs[(longest + 1)...].reduce(1) { $0 * $1.extent }
            let target =
                isLast && type == .float32
                ? builder.write(node.outputs[0], layout: builder.plainLayout(of: node.outputs[0])).buffer
                : builder.allocate(max(4, outer * inner * 4))
            let kernel = ReduceKernel(
                function: function, outer: outer, middle: runs[longest].extent, inner: inner,
                factor: isLast ? factor : 1)
            let scratch = kernel.scratchBytes > 0 ? [builder.allocate(kernel.scratchBytes)] : []
            builder.add(name, .kernel(kernel), buffers: [source, target] + scratch)
            source = target
            runs.remove(at: longest)
            if isLast && type != .float32 {
                let plain = builder.plainLayout(of: node.outputs[0])
                try builder.copy(
                    Placement(buffer: source, layout: plain.withType(.float32)),
                    to: builder.write(node.outputs[0], layout: plain))
            }
        }
    }
    /// The loops over a layout, if what is left of them walks through the result in row-major order.
    private func kept(_ layout: MemoryDescriptor) -> [LayoutLoop]? {
        guard layout.isDense, let loops = layout.loops else { return nil }
        let left = loops.filter { !axes.contains($0.axis) }
        let isOrdered = zip(left, left.dropFirst()).allSatisfy { outer, inner in
            outer.axis < inner.axis || (outer.axis == inner.axis && outer.step == inner.extent * inner.step)
        }
        return isOrdered ? loops : nil
    }
}

private struct ReduceKernel: Kernel {
    let function: ReduceFunction
    let outer: Int
    let middle: Int
    let inner: Int
    let factor: Float

    /// Partial sums of a long and narrow reduction, which is shared out among the threads.
    var scratchBytes: Int {
        let isLong = function == .sum && outer == 1 && inner > 1 && inner <= MILLRACE_REDUCE_WIDEST && middle >= 1024
        return isLong ? Int(MILLRACE_REDUCE_SLICES) * inner * 8 : 0
    }

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        let kind =
            switch function {
            case .sum: MILLRACE_REDUCE_SUM
            case .maximum: MILLRACE_REDUCE_MAXIMUM
            case .minimum: MILLRACE_REDUCE_MINIMUM
            }
        millrace_reduce(
            Int32(kind.rawValue), addresses[0].assumingMemoryBound(to: Float.self),
            addresses[1].assumingMemoryBound(to: Float.self), outer, middle, inner, factor,
            scratchBytes > 0 ? addresses[2] : nil)
    }
}
