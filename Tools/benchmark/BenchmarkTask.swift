import ArgumentParser
import Foundation

/// What is measured of a model.
enum BenchmarkTask: String, CaseIterable, ExpressibleByArgument {
    /// Samples per second of training.
    case train
    /// Microseconds of a prediction of one sample.
    case predictLatency = "predict-latency"
    /// Seconds from the start of the process to the end of its first update.
    case firstUpdate = "first-update"

    /// The member of a line that has the figure.
    var field: String {
        switch self {
        case .train: "samples_per_second"
        case .predictLatency: "microseconds"
        case .firstUpdate: "seconds"
        }
    }

    /// The figure's column in a table.
    var heading: String {
        switch self {
        case .train: "samples/s"
        case .predictLatency: "us/call"
        case .firstUpdate: "seconds"
        }
    }

    /// How many times as good ours is as theirs: the greater speed, or the shorter time.
    func advantage(ours: Double, theirs: Double) -> Double { self == .train ? ours / theirs : theirs / ours }
}

/// When the system started this process; an exec does not count anew.
enum ProcessStart {
    /// In steps of a clock tick, which is 10 ms.
    static func secondsAgo() throws -> Double {
        let status = try String(contentsOfFile: "/proc/self/stat", encoding: .utf8)
        // After the name in brackets, which may hold spaces, starttime is the field 19.
        let fields = status.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 19, let ticks = Double(fields[19]) else {
            throw CaseFailure("/proc/self/stat: expected the start time as field 22, found \(status)")
        }
        var now = timespec()
        clock_gettime(CLOCK_BOOTTIME, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9 - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
