import Memory

/// The most memory that a run may hold.
public enum MemoryCap: Sendable, Hashable {
    /// Window and queue have their default sizes.
    case none
    /// The window gets what the model, the step and the queue leave of this.
    case cap(ByteCount)
}
