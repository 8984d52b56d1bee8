/// The time that measuring may take, from the moment this is made.
final class TuningBudget {
    let seconds: Double
    private let began = ContinuousClock.now

    init(seconds: Double) { self.seconds = seconds }

    /// Seconds since the beginning.
    var elapsed: Double { began.secondsToNow }

    /// Seconds left until a share of all is used up; 0 when it is.
    func left(until share: Double) -> Double { max(0, share * seconds - elapsed) }

    /// Whether something that takes so long ends within a share of the time.
    func has(_ expected: Double, until share: Double = 1) -> Bool { elapsed + expected <= share * seconds }
}
