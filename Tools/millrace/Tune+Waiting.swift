import JSONText
import Memory
import Training
import Workers

/// How threads wait is fixed when a process starts, so each way is measured in processes of its own, one at a time.
///
/// The memory cap is kept by both together: when the first of them starts, this process has dropped the model, the data
/// and everything planned, and a child gets the cap less what is still resident here.
extension Tune {
    /// What this process may grow by while it waits for a child.
    private static let ownGrowth = 2 << 20
    /// What a child may take beyond its piece and a start like that of this process.
    private static let patience = 15.0
    /// Starting a program and reading its options.
    private static let launchSeconds = 0.1

    /// Why nothing is to be measured about waiting; nil where it is.
    var reasonForOneWaiting: String? {
        if let openMPWait = data.openMPWait { return "--openmp-wait \(openMPWait.rawValue) was given" }
        if let given = OpenMPWaiting.given { return "\(given) is set in the environment, and wins over the option" }
        return data.computeThreads == 1 ? Self.noneWaits : nil
    }

    private static let noneWaits = "with one compute thread, none waits for another"

    /// Compares ways of waiting with the run that is recommended so far, and recommends one of them.
    ///
    /// - Throws: `ChildProcess.Failure.stopped` after a signal.
    func measureWaiting(_ given: GivenOptions, _ report: inout TuningReport, seconds: Double) throws {
        func skip(_ reason: String) { report.recommendations.append(TuningRules.notMeasuredWaiting(reason)) }
        if let reason = reasonForOneWaiting { return skip(reason) }
        guard let chosen = report.chosen, let form = report.piece, let program = OpenMPWaiting.program else {
            report.notMeasured.append("how threads wait")
            return
        }
        let candidates = TuningRules.waitings(
            chosen: chosen, report.splits, steps: report.steps, cores: report.cores)
        guard !candidates.isEmpty else { return skip(Self.noneWaits) }
        let held = ProcessMemory.residentBytes + Self.ownGrowth
        guard case .cap(let whole) = data.cap else { return }
        let cap = ByteCount(whole.bytes - held)
        var (failure, peak) = (String?.none, 0)
        let rounds = WaitingRounds(candidates, seconds: seconds, leastPieceSeconds: report.leastPieceSeconds)
        let startSeconds = report.startSeconds + Self.launchSeconds
        let trials = try rounds.run(startSeconds: startSeconds) { candidate, seconds in
            let options = pieceOptions(given, report, candidate.split, form, cap: cap)
            let arguments =
                [
                    "tune-piece", "--parent", "\(ChildProcess.own)", "--seconds", "\(seconds)", "--piece-rows",
                    "\(form.rows)", "--piece-window", "\(form.windowBytes)", "--",
                ] + options.arguments + ["--quiet"]
            do throws(ChildProcess.Failure) {
                let child = try ChildProcess(program, arguments, environment: candidate.waiting.environment)
                let end = try child.end(within: seconds + startSeconds + Self.patience) { StopSignal.isRequested }
                guard end.status == 0, let rate = Self.rate(end.output, candidate.waiting, &peak) else {
                    failure = Self.failure(end, held: held, cap: whole)
                    return nil
                }
                return rate
            } catch {
                switch error {
                case .stopped: throw error
                case .tookTooLong: failure = "a process with a piece of the run did not end in time"
                case .refused(let code): failure = "the system starts no other process (error \(code))"
                }
                return nil
            }
        }
        if StopSignal.isRequested { throw ChildProcess.Failure.stopped }
        report.peakResidentBytes = max(report.peakResidentBytes, peak == 0 ? 0 : held + peak)
        report.waitings = trials
        if let failure { return skip(failure) }
        guard !trials.isEmpty else {
            report.notMeasured.append("how threads wait")
            return
        }
        TuningRules.add(trials, to: &report.recommendations, cores: report.cores)
    }

    /// The options of `train` for a piece: those that were given and those that are recommended.
    private func pieceOptions(
        _ given: GivenOptions, _ report: TuningReport, _ split: ThreadSplit, _ form: PieceForm, cap: ByteCount
    ) -> GivenOptions {
        var options = given
        for option in report.recommendations.compactMap(\.option) { options.set(option.name, option.value) }
        options = options.without(["decode-workers"])
        if let workers = split.decodeWorkers { options.set("decode-workers", "\(workers)") }
        options.set("compute-threads", "\(split.computeThreads)")
        options.set("accumulate", "\(form.accumulate)")
        options.set("recompute", form.recomputes ? "always" : "never")
        options.set("memory", "\(max(1, cap.bytes))")
        return options
    }

    /// What a child has printed last; nil when that is not a speed of threads that wait like this.
    private static func rate(_ output: String, _ waiting: OpenMPWaiting, _ peak: inout Int) -> RunRate? {
        guard let text = output.split(separator: "\n").last, let line = try? JSONValue(strict: Array(text.utf8)),
            line["openmp_wait"]?.stringValue == waiting.rawValue,
            let speed = line["samples_per_second"]?.doubleValue, let waited = line["wait_fraction"]?.doubleValue
        else { return nil }
        peak = max(peak, line["peak_rss_bytes"]?.integerValue ?? 0)
        return RunRate(samplesPerSecond: speed, waitShare: waited)
    }

    private static func failure(_ end: ChildProcess.End, held: Int, cap: ByteCount) -> String {
        let message = end.output.split(separator: "\n").first.map { ": \($0)" } ?? ""
        if end.status == ExitStatus.configuration.rawValue {
            return "a second process with a piece of the run does not fit under the cap of \(cap) beside this "
                + "one, which holds \(ByteCount(held))\(message)"
        }
        return "a process with a piece of the run ended with status \(end.status)\(message)"
    }
}
