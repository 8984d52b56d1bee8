/// When memory is looked at and when the page is written: often enough for a person, and for a hundredth of the time
/// at most.
struct ReportClock {
    private static let secondsBetweenLooks = 0.1
    /// Seconds of training for each second of writing.
    private static let secondsPerSecond = 100.0
    private static let secondsOfLongEpoch = 60.0

    private var lastLook = ContinuousClock.now
    private var pageBegan = ContinuousClock.now
    private var lastPage: ContinuousClock.Instant?
    /// What the last page cost.
    private var pageSeconds = 0.0

    var isLookDue: Bool { lastLook.secondsToNow >= Self.secondsBetweenLooks }

    /// Seconds since the look before.
    mutating func look() -> Double {
        let seconds = lastLook.secondsToNow
        lastLook = .now
        return seconds
    }

    /// Whether an epoch that ends is written.
    var isPageDue: Bool {
        lastPage.map { $0.secondsToNow >= pageSeconds * Self.secondsPerSecond } ?? true
    }

    /// Whether an epoch that goes on is written.
    var isLongEpochPageDue: Bool {
        (lastPage ?? pageBegan).secondsToNow >= max(Self.secondsOfLongEpoch, pageSeconds * Self.secondsPerSecond)
    }

    mutating func pageWillBegin() { pageBegan = .now }

    mutating func pageDidEnd() {
        pageSeconds = pageBegan.secondsToNow
        lastPage = .now
    }
}
