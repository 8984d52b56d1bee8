import CKernels
import Memory

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

extension ConstantValues: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let target = builder.write(node.outputs[0], layout: builder.plainLayout(of: node.outputs[0]))
        builder.add(name, .kernel(CopyKernel(values: values)), buffers: [target.buffer])
    }
}

private struct CopyKernel: Kernel {
    let values: [Float]

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        values.withUnsafeBytes { addresses[0].copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    }
}
