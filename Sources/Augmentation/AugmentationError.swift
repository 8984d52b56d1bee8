/// A request for an augmentation that cannot be meant.
package struct AugmentationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was expected, what was found, and what to do.
    package let description: String

    init(_ description: String) { self.description = description }
}
