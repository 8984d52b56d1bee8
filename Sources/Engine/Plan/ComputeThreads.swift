import CKernels

/// The threads that compute: one OpenMP pool, which oneDNN and our kernels share.
public enum ComputeThreads {
    /// How many threads the next step uses. Results do not depend on it beyond the rounding of oneDNN's products.
    public static var count: Int {
        get { Int(millrace_max_threads()) }
        set { millrace_set_threads(Int32(max(1, newValue))) }
    }
}
