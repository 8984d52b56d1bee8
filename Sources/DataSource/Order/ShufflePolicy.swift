/// In which order samples come.
public enum ShufflePolicy: String, Sendable, Hashable, CaseIterable {
    /// The order of the data.
    case none

    /// Blocks in a new order every epoch, the rows of a block as they are stored.
    case block

    /// Rows drawn from a window of decoded blocks; blocks that are used up are replaced in a permuted order.
    case window

    /// A permutation of all rows, each as likely next to any other: what shuffling an array in memory gives.
    ///
    /// Needs random access. A row whose block is not in memory costs the decoding of that block, so this is for data
    /// that lie uncompressed on a fast disk, or that nearly fit the window, which serves as a cache of blocks.
    case exact
}
