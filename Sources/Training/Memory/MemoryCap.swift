import CKernels
import Memory
package import Workers

/// The most memory that a run may hold.
public enum MemoryCap: Sendable, Hashable {
    /// Window and queue have their default sizes.
    case none
    /// The window gets what the model, the step and the queue leave of this.
    case cap(ByteCount)
}

extension MemoryCap {
    /// Four fifths of what the machine has, or the cgroup that the process runs in.
    public static var automatic: MemoryCap { .cap(ByteCount(MemoryLimit.bytes / 5 * 4)) }

    /// The bytes of a cap; nil without.
    var byteCount: ByteCount? { if case .cap(let bytes) = self { bytes } else { nil } }

    /// Keeps code that is not used out of memory as long as the result lives; nil without a cap.
    package func guarded() -> ResidentGuard? {
        byteCount.map { cap in
            // What loading and planning have freed; the allocator would keep some megabytes of it.
            millrace_trim_heap()
            return ResidentGuard(cap: cap)
        }
    }
}
