/// Where the rows of a conversion go: into shards, or into the spill files of a shuffle.
protocol RowSink: AnyObject {
    /// Whether enough work waits that no more rows should be handed over.
    var isFull: Bool { get }

    /// Takes the rows of a portion from `firstRow` on, and gives the portion back to its feed when they are done with.
    func take(_ portion: RowFeed.Portion, from firstRow: Int, of feed: RowFeed) throws

    /// Takes what jobs have finished, in order. Returns whether there was anything.
    func collect(_ feed: RowFeed) throws -> Bool

    /// Whether nothing is being worked on.
    var isIdle: Bool { get }

    /// All rows were taken: hands what is left to jobs.
    func flush() throws

    /// All jobs were collected: ends the last file.
    func close() throws
}
