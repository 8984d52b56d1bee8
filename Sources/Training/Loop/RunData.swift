/// Where the batches of a run come from, and what keeps the run.
final class RunData {
    let feed: FitFeed
    /// The most batches of an epoch.
    let stepsPerEpoch: Int
    /// Whether an epoch ends where a pass over the data does.
    let endsWithPass: Bool
    /// For progress; 0 when that is not known.
    let batchesPerPass: Int
    let keeper: CheckpointKeeper?
    /// The checkpoint that the run is to go on from.
    var found: CheckpointKeeper.Found?
    /// Whether the epoch's last batch was given.
    var isPassDone = false

    init(
        _ feed: FitFeed, stepsPerEpoch: Int, endsWithPass: Bool, batchesPerPass: Int, _ keeper: CheckpointKeeper?,
        _ found: CheckpointKeeper.Found?
    ) {
        self.feed = feed
        self.stepsPerEpoch = stepsPerEpoch
        self.endsWithPass = endsWithPass
        self.batchesPerPass = batchesPerPass
        self.keeper = keeper
        self.found = found
    }
}
