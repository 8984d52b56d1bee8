import DataSource
import Memory

/// What a run is that is to be tuned, and how long that may take.
package struct TuningSettings: Sendable {
    /// The run's settings; those that are set are kept, and only what they leave open is tried.
    package var fit = FitSettings()
    /// The threads that compute, where the user has chosen.
    package var computeThreads: Int?
    /// Seconds of measuring, at most; a step that has begun is ended.
    package var seconds = 40.0
    /// The files of the data, for the command that would convert them; empty where there is none.
    package var paths: [String] = []
    /// Whether the data are shards already.
    package var areShards = false
    /// Whether to end at once: asked for after every step.
    package var isStopped: @Sendable () -> Bool = { false }

    package init() {}
}

/// Measuring was stopped from outside.
package struct TuningInterruption: Error {}
