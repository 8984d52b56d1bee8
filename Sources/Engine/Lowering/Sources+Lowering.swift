import CKernels
import Memory
import OneDNN

extension GraphInput: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        builder.placeInput(node.outputs[0], label: label)
    }
}

extension ParameterRead: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        builder.placeParameter(node.outputs[0], index: self.index)
    }
}

extension Constant: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let target = builder.write(node.outputs[0], layout: builder.plainLayout(of: node.outputs[0]))
        builder.add(
            name, .kernel(FillKernel(value: value, count: shape.elementCount)), buffers: [target.buffer])
    }
}

private struct FillKernel: Kernel {
    let value: Float
    let count: Int

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        millrace_fill(addresses[0].assumingMemoryBound(to: Float.self), count, value)
    }
}

extension ReshapeOperation: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let source = try builder.readPlain(node.inputs[0])
        builder.place(
            node.outputs[0], Placement(buffer: source.buffer, layout: builder.plainLayout(of: node.outputs[0])))
    }
}
