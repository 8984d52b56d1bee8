// OneDNN: thin owned wrappers of oneDNN's engine, stream, memory and primitives, version 2.6 of the C API.
//
// The only importer of COneDNN. Nothing of oneDNN's C types leaves this target: layouts travel as `MemoryDescriptor`,
// primitives as `PrimitiveDescription` (what could be built) and `PrimitiveCall` (built, with its arguments bound).
// Version differences of the library belong here and nowhere else. Scratchpads are always the caller's, so that a call
// allocates nothing of its own; who places them is the planner in `Engine`.
//
// C functions used: dnnl_engine_create/destroy, dnnl_stream_create/destroy/wait, dnnl_memory_desc_init_by_strides,
// _init_by_tag, _permute_axes, _equal, _get_size, dnnl_{convolution,inner_product,pooling_v2,eltwise,softmax}_*_desc_init,
// dnnl_reorder_primitive_desc_create, dnnl_primitive_desc_create/destroy/query, _query_md, dnnl_primitive_create,
// _execute, _destroy, dnnl_memory_create/destroy/set_data_handle, dnnl_primitive_attr_*, dnnl_post_ops_*.

internal import COneDNN

/// A call of oneDNN that failed: a primitive that it cannot build for these shapes, or memory that it could not get.
public struct OneDNNError: Error, CustomStringConvertible, Sendable {
    /// What was asked for, for example `convolution forward`.
    public let operation: String
    /// The library's status code (`dnnl_status_t`).
    public let status: UInt32

    public var description: String {
        let meaning =
            switch status {
            case 1: "out of memory"
            case 2: "invalid arguments"
            case 3: "not implemented for these shapes and types"
            case 5: "runtime error"
            default: "status \(status)"
            }
        return "oneDNN: \(operation): \(meaning)"
    }
}

/// The one gate of the library's status codes.
func check(_ status: dnnl_status_t, _ operation: @autoclosure () -> String) throws(OneDNNError) {
    guard status == dnnl_success else { throw OneDNNError(operation: operation(), status: status.rawValue) }
}

/// The processor as oneDNN sees it: an engine and one in-order stream.
package final class Device: @unchecked Sendable {
    // Invariant behind `@unchecked Sendable`: both handles are immutable, and oneDNN allows their use from any thread;
    // executing on the stream from two threads at once is excluded by the executor, which owns the device.
    let engine: dnnl_engine_t
    let stream: dnnl_stream_t

    /// The device that all plans of this process share.
    package static let shared: Device = {
        do {
            return try Device()
        } catch {
            fatalError("\(error)")
        }
    }()

    private init() throws(OneDNNError) {
        var engine: dnnl_engine_t?
        try check(dnnl_engine_create(&engine, dnnl_cpu, 0), "creating the engine")
        self.engine = engine!
        var stream: dnnl_stream_t?
        try check(
            dnnl_stream_create(&stream, engine, UInt32(dnnl_stream_default_flags.rawValue)), "creating the stream")
        self.stream = stream!
    }

    deinit {
        dnnl_stream_destroy(stream)
        dnnl_engine_destroy(engine)
    }

    /// Waits until all calls so far have finished.
    package func wait() { dnnl_stream_wait(stream) }
}
