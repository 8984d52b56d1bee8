import JSONText
import Training

/// What was measured and what follows, as JSON.
extension TuningReport {
    /// Bytes, seconds, and samples in a second; numbers that there are none for are null.
    var json: JSONValue {
        let members: KeyValuePairs<String, JSONValue> = [
            "cores": .integer(cores), "batch_size": .integer(batchSize), "seconds": .number(seconds),
            "noise": .number(noise),
            "decode": .array(decode.map(Self.json)), "step": .array(steps.map(Self.json)),
            "threads": .array(splits.map { Self.json($0.rate, Self.members($0.setting)) }),
            "micro_batch": .array(parts.map { Self.json($0.rate, Self.members($0.setting)) }),
            "prefetch": .array(queues.map { Self.json($0.rate, Self.members($0.setting)) }),
            "openmp_wait": .array(waitings.map { Self.json($0.rate, Self.members($0.setting)) }),
            "window": .array(windows.map(Self.json)), "shards": shards.map(Self.json) ?? .null,
            "recommendations": .array(recommendations.map(Self.json)),
            "not_measured": .array(notMeasured.map { .string($0) }), "peak_rss_bytes": .integer(peakResidentBytes),
        ]
        return JSONValue.object(members)
    }

    private static func json(_ rate: DecodeRate) -> JSONValue {
        .object([
            "workers": .integer(rate.workers), "rows_per_second": .number(rate.rowsPerSecond),
            "decode_seconds_per_row": .number(rate.decodeSecondsPerRow),
            "fill_seconds_per_row": .number(rate.fillSecondsPerRow),
            "stored_bytes_per_row": .number(rate.storedBytesPerRow),
            "decoded_bytes_per_row": .number(rate.decodedBytesPerRow),
        ])
    }

    private static func json(_ rate: StepRate) -> JSONValue {
        .object([
            "compute_threads": .integer(rate.computeThreads), "samples_per_second": .number(rate.samplesPerSecond),
        ])
    }

    private static func json(_ window: WindowQuality) -> JSONValue {
        .object(["bytes": .integer(window.bytes), "chi2_per_df": .number(window.chiSquaredPerDegree)])
    }

    private static func json(_ shards: ShardRate) -> JSONValue {
        .object([
            "rows": .integer(shards.rows), "decode_seconds_per_row": .number(shards.decodeSecondsPerRow),
            "stored_bytes_per_row": .number(shards.storedBytesPerRow),
        ])
    }

    private static func json(_ rate: RunRate, _ setting: KeyValuePairs<String, JSONValue>) -> JSONValue {
        let figures: KeyValuePairs<String, JSONValue> = [
            "samples_per_second": .number(rate.samplesPerSecond), "wait_fraction": .number(rate.waitShare),
            "rounds": .integer(rate.rounds), "slowest": .number(rate.slowest), "fastest": .number(rate.fastest),
        ]
        return .object((Array(setting) + Array(figures)).map { JSONValue.Member(key: $0.key, value: $0.value) })
    }

    private static func members(_ split: ThreadSplit) -> KeyValuePairs<String, JSONValue> {
        [
            "decode_workers": split.decodeWorkers.map { .integer($0) } ?? .null,
            "compute_threads": .integer(split.computeThreads),
        ]
    }

    private static func members(_ waiting: WaitingSplit) -> KeyValuePairs<String, JSONValue> {
        [
            "openmp_wait": .string(waiting.waiting.rawValue),
            "decode_workers": waiting.split.decodeWorkers.map { .integer($0) } ?? .null,
            "compute_threads": .integer(waiting.split.computeThreads),
        ]
    }

    private static func members(_ parts: BatchParts) -> KeyValuePairs<String, JSONValue> {
        [
            "micro_batch": .integer(parts.microBatch), "accumulate": .integer(parts.accumulate),
            "step_bytes": .integer(parts.stepBytes),
        ]
    }

    private static func members(_ depth: QueueDepth) -> KeyValuePairs<String, JSONValue> {
        ["batches": .integer(depth.batches), "bytes": .integer(depth.bytes)]
    }

    private static func json(_ recommendation: Recommendation) -> JSONValue {
        func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
        return .object([
            "setting": .string(recommendation.setting), "value": .string(recommendation.value),
            "reason": .string(recommendation.reason), "option": text(recommendation.option?.name),
            "option_value": text(recommendation.option?.value), "command": text(recommendation.command),
        ])
    }
}
