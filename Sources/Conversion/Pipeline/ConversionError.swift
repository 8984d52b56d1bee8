/// A conversion that cannot begin or go on, for a reason that is not one file's.
package struct ConversionError: Error, CustomStringConvertible, Sendable {
    /// What a caller treats differently.
    package enum Kind: Sendable {
        /// There is something at the output's place.
        case exists
        /// What was asked for cannot be meant.
        case usage
        /// The memory cap is too small.
        case memory
        /// A row of the input cannot be read.
        case badRow
        /// The unfinished conversion is another one, or damaged.
        case invalid
        /// A signal asked to stop.
        case stopped
    }

    package let kind: Kind

    /// What was expected, what was found, and what to do.
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }
}
