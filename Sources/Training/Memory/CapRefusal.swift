import Memory

/// What lies under the error of a cap that is too small: of several ways that do not fit, the one that needs least is
/// named.
struct CapRefusal: Error {
    /// The smallest cap that this way works under, in whole mebibytes.
    let smallest: ByteCount
}

extension TrainingError {
    /// The smallest cap that would have done; nil where the error is another one.
    var smallestCap: ByteCount? { (underlying as? CapRefusal)?.smallest }

    /// The error that names the smaller cap of the two; where they are equal, this one.
    func withLess(than other: TrainingError) -> TrainingError {
        guard let own = smallestCap, let others = other.smallestCap else { return smallestCap == nil ? other : self }
        return own.bytes <= others.bytes ? self : other
    }
}
