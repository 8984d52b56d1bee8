/// A request for an augmentation that cannot be meant.
public struct AugmentationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was expected, what was found, and what to do.
    public let description: String

    package init(_ description: String) { self.description = description }
}
