extension ContinuousClock.Instant {
    /// Seconds from this instant to now.
    package var secondsToNow: Double {
        let duration = duration(to: .now).components
        return Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
    }
}
