import Memory

extension TuningRules {
    /// Less memory than this is not worth other parts of batches.
    package static let leastSaving = 8 << 20

    /// The parts of a batch, and why.
    ///
    /// - Parameter planned: what the memory plan takes by itself; it stays unless another is faster, or as fast with
    ///   `leastSaving` less memory.
    package static func parts(_ trials: [Trial<BatchParts>], planned: BatchParts) -> Recommendation? {
        guard let base = trials.first(where: { $0.setting == planned }),
            var chosen = choice(trials, planned: planned, taking: \.stepBytes),
            let best = trials.max(by: { $0.rate.samplesPerSecond < $1.rate.samplesPerSecond })
        else { return nil }
        let saved = planned.stepBytes - chosen.setting.stepBytes
        if isAsFast(base.rate, as: best.rate), saved < leastSaving { chosen = base }
        let others = trials.filter { $0.setting != chosen.setting }.map { trial in
            "\(trial.setting.microBatch): \(TuningText.count(trial.rate.samplesPerSecond))/s with "
                + "\(ByteCount(trial.setting.stepBytes))"
        }
        let reason =
            "\(TuningText.count(chosen.rate.samplesPerSecond))/s, the step holds \(ByteCount(chosen.setting.stepBytes))"
            + (others.isEmpty ? "" : "; \(others.joined(separator: ", "))")
        let isPlanned = chosen.setting == planned
        return Recommendation(
            "micro-batch", "\(chosen.setting.microBatch)" + (isPlanned ? ", as planned" : ""),
            option: isPlanned ? nil : .init(name: "accumulate", value: "\(chosen.setting.accumulate)"), reason)
    }

    /// The batches ahead, and why.
    package static func queue(_ trials: [Trial<QueueDepth>], planned: QueueDepth) -> Recommendation? {
        let shortest = trials.filter { $0.rate.waitShare < noWait && $0.rate.rounds > 1 }.min {
            $0.setting.bytes < $1.setting.bytes
        }
        guard let chosen = shortest ?? choice(trials, planned: planned, taking: \.bytes) else { return nil }
        let others = trials.filter { $0.setting != chosen.setting }.map { trial in
            "\(TuningText.count(trial.rate.samplesPerSecond)) with \(trial.setting.batches)"
        }
        let reason =
            "\(chosen.setting.batches) batches ahead make \(TuningText.count(chosen.rate.samplesPerSecond))/s"
            + (others.isEmpty ? "" : ", \(others.joined(separator: ", "))")
            + "; the trainer waits \(TuningText.percent(chosen.rate.waitShare)) of its time"
            + noise(chosen.rate, trials)
        let isPlanned = chosen.setting == planned
        return Recommendation(
            "prefetch", "\(ByteCount(chosen.setting.bytes))" + (isPlanned ? ", as planned" : ""),
            option: isPlanned
                ? nil : .init(name: "prefetch", value: TuningText.option(chosen.setting.bytes)), reason)
    }

    /// As good as a uniform shuffle, for what a training run notices.
    package static let goodQuality = 1.1

    /// The window, and why.
    ///
    /// - Parameters:
    ///   - qualities: those of windows, the planned one first, then ever smaller ones.
    ///   - isCapped: whether the window has what a cap leaves: a smaller one would save nothing then.
    ///   - isWhole: whether the planned window holds all of the data, which are then decoded once for all epochs.
    ///   - remedy: what the plan says of a poor quality.
    package static func window(
        _ qualities: [WindowQuality], isCapped: Bool, isWhole: Bool, remedy: String?
    ) -> Recommendation? {
        guard let planned = qualities.first else { return nil }
        func text(_ quality: WindowQuality) -> String {
            "\(TuningText.decimal(quality.chiSquaredPerDegree))"
        }
        let measure = "χ²/df on data sorted by class (1 is a uniform shuffle)"
        let size = "\(ByteCount(planned.bytes))"
        if isWhole {
            return Recommendation(
                "window", "\(size), as planned",
                "it holds all of the data: they are decoded once for all epochs, and \(measure) is \(text(planned))")
        }
        let good = qualities.last { $0.chiSquaredPerDegree <= goodQuality }
        guard !isCapped, let good, good != planned else {
            let smaller = qualities.dropFirst().first.map { "; \(text($0)) with \(ByteCount($0.bytes))" } ?? ""
            return Recommendation(
                "window", "\(size), as planned",
                "\(measure) is \(text(planned))\(smaller)" + (remedy.map { "; \($0)" } ?? ""))
        }
        let smaller =
            qualities.first { $0.bytes < good.bytes }.map { ", \(text($0)) with \(ByteCount($0.bytes))" } ?? ""
        return Recommendation(
            "window", "\(ByteCount(good.bytes))", option: .init(name: "window", value: TuningText.option(good.bytes)),
            "\(measure) is \(text(good)); \(text(planned)) with the \(size) of the plan\(smaller)")
    }
}
