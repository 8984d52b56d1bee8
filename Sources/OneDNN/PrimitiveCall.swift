internal import COneDNN

/// A built primitive with its arguments: executing it allocates nothing on our side.
///
/// The memory behind each argument is named by `bind` before the first execution and may be changed between two.
package final class PrimitiveCall {
    private let primitive: dnnl_primitive_t
    private let arguments: UnsafeMutableBufferPointer<dnnl_exec_arg_t>
    /// What is called, for profiles.
    package let label: String

    /// Builds the primitive for `description` with the given tensors as arguments.
    package init(
        _ description: PrimitiveDescription,
        arguments list: [(role: PrimitiveDescription.Role, layout: MemoryDescriptor)]
    ) throws(OneDNNError) {
        label = description.label
        var created: dnnl_primitive_t?
        try check(dnnl_primitive_create(&created, description.handle), "\(description.label): building")
        primitive = created!
        arguments = .allocate(capacity: list.count)
        for (index, item) in list.enumerated() {
            var memory: dnnl_memory_t?
            let status = withUnsafePointer(to: item.layout.raw) {
                dnnl_memory_create(&memory, $0, Device.shared.engine, nil)
            }
            try check(status, "\(description.label): memory of \(item.role)")
            arguments.initializeElement(at: index, to: dnnl_exec_arg_t(arg: item.role.argument, memory: memory))
        }
    }

    deinit {
        for argument in arguments { dnnl_memory_destroy(argument.memory) }
        arguments.deallocate()
        dnnl_primitive_destroy(primitive)
    }

    /// Names the memory of the argument at `index` (in the order given to `init`).
    package func bind(_ index: Int, to address: UnsafeMutableRawPointer) {
        dnnl_memory_set_data_handle(arguments[index].memory, address)
    }

    /// Runs the primitive and returns when it is done (the CPU stream is synchronous in the OpenMP build).
    package func execute() {
        let status = dnnl_primitive_execute(
            primitive, Device.shared.stream, Int32(arguments.count), UnsafePointer(arguments.baseAddress))
        precondition(status == dnnl_success, "oneDNN: \(label) failed with status \(status.rawValue)")
    }
}
