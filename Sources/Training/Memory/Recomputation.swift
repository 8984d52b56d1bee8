/// Whether activations of a training step are computed a second time for the gradients, instead of kept from the first.
///
/// Known as gradient checkpointing. Results are the same bytes, the arena is smaller, a step takes about a quarter
/// longer.
public enum Recomputation: String, Sendable, Hashable, CaseIterable {
    case never
    /// When the memory cap does not even hold the activations of single rows, or of the parts that were asked for.
    case auto
    case always
}
