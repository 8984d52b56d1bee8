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

    private static func seconds(since moment: ContinuousClock.Instant) -> Double {
        let duration = moment.duration(to: .now).components
        return Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
    }

    var isLookDue: Bool { Self.seconds(since: lastLook) >= Self.secondsBetweenLooks }

    /// Seconds since the look before.
    mutating func look() -> Double {
        let seconds = Self.seconds(since: lastLook)
        lastLook = .now
        return seconds
    }

    /// Whether an epoch that ends is written.
    var isPageDue: Bool {
        lastPage.map { Self.seconds(since: $0) >= pageSeconds * Self.secondsPerSecond } ?? true
    }

    /// Whether an epoch that goes on is written.
    var isLongEpochPageDue: Bool {
        Self.seconds(since: lastPage ?? pageBegan) >= max(Self.secondsOfLongEpoch, pageSeconds * Self.secondsPerSecond)
    }

    mutating func pageWillBegin() { pageBegan = .now }

    mutating func pageDidEnd() {
        pageSeconds = Self.seconds(since: pageBegan)
        lastPage = .now
    }
}
