import Training

/// What a checkpoint keeps of a record. Whole numbers and lists of floats are all it has: sums are kept as two floats.
extension RunRecord {
    private static let floatsPerBucket = 6

    /// For `Callback.state`. The status is not kept: a run that is resumed is running.
    package var state: CallbackState {
        var state = CallbackState(numbers: [
            "updates": Double(updates), "epoch": Double(epoch), "samples": totals.samples,
            "training_seconds": totals.seconds, "waited": totals.waited, "seconds": seconds,
            "peak_resident": Double(peakResident), "peak_base": Double(memory.peakBase),
            "memory_width": Double(memory.width), "skipped_blocks": Double(skippedBlocks),
            "skipped_samples": Double(skippedSamples), "omitted_notes": Double(notes.omitted),
        ])
        state.arrays["memory"] = memory.numbers
        state.arrays["peaks"] = peaks.flatMap { Self.halves(Double($0)) }
        state.set(notes.all, "notes")
        state.set(figures.names, "figures")
        state.set(costs.names, "costs")
        for (name, series) in series { Self.keep(series, name, in: &state) }
        return state
    }

    /// A record that goes on from what a checkpoint kept; what is damaged or of another form is left out.
    package init(_ state: CallbackState) {
        self.init()
        updates = state.integer("updates")
        epoch = state.integer("epoch")
        totals = Progress(
            samples: state.numbers["samples"] ?? 0, seconds: state.numbers["training_seconds"] ?? 0,
            waited: state.numbers["waited"] ?? 0)
        seconds = state.numbers["seconds"] ?? 0
        peakResident = state.integer("peak_resident")
        skippedBlocks = state.integer("skipped_blocks")
        skippedSamples = state.integer("skipped_samples")
        notes = NoteList(state.texts("notes") ?? [], omitted: state.integer("omitted_notes"))
        if let numbers = state.arrays["memory"],
            let kept = MemorySeries(
                capacity: Self.capacity, width: state.integer("memory_width"),
                peakBase: Float(state.numbers["peak_base"] ?? 0), numbers: numbers)
        {
            memory = kept
        }
        if let halves = state.arrays["peaks"], halves.count == 2 * peaks.count {
            for index in peaks.indices { peaks[index] = Int(Self.whole(halves[2 * index], halves[2 * index + 1])) }
        }
        func kept(_ name: String, _ capacity: Int = Self.capacity) -> BucketSeries {
            Self.kept(name, capacity, in: state) ?? BucketSeries(capacity: capacity)
        }
        batchLoss = kept("batch_loss")
        runningLoss = kept("running_loss")
        learningRate = kept("learning_rate")
        throughput = kept("throughput")
        waitShare = kept("wait_share")
        for (index, name) in (state.texts("figures") ?? []).enumerated() {
            figures.restore(name, kept("figure_\(index)", FigureTable.capacity))
        }
        for (index, name) in (state.texts("costs") ?? []).enumerated() {
            costs.restore(name, kept("cost_\(index)", FigureTable.capacity))
        }
    }

    /// All series by their names in a checkpoint: a figure's own name may be any text.
    private var series: [(name: String, series: BucketSeries)] {
        [
            ("batch_loss", batchLoss), ("running_loss", runningLoss), ("learning_rate", learningRate),
            ("throughput", throughput), ("wait_share", waitShare),
        ] + figures.names.enumerated().map { ("figure_\($0)", figures[name: $1]!) }
            + costs.names.enumerated().map { ("cost_\($0)", costs[name: $1]!) }
    }

    private static func keep(_ series: BucketSeries, _ name: String, in state: inout CallbackState) {
        state.numbers["\(name)_width"] = Double(series.width)
        state.numbers["\(name)_origin"] = series.origin.map(Double.init)
        state.numbers["\(name)_first_missing"] = series.firstMissing.map(Double.init)
        state.arrays[name] = series.buckets.flatMap { bucket -> [Float] in
            let sum = halves(bucket.sum)
            return [bucket.low, bucket.high, sum[0], sum[1], Float(bucket.count), Float(bucket.missing)]
        }
    }

    private static func kept(_ name: String, _ capacity: Int, in state: CallbackState) -> BucketSeries? {
        guard let floats = state.arrays[name], floats.count % floatsPerBucket == 0 else { return nil }
        var buckets: [BucketSeries.Bucket] = []
        for begin in stride(from: 0, to: floats.count, by: floatsPerBucket) {
            var bucket = BucketSeries.Bucket()
            (bucket.low, bucket.high) = (floats[begin], floats[begin + 1])
            bucket.sum = whole(floats[begin + 2], floats[begin + 3])
            bucket.count = Int(exactly: floats[begin + 4]) ?? 0
            bucket.missing = Int(exactly: floats[begin + 5]) ?? 0
            buckets.append(bucket)
        }
        func place(_ key: String) -> Int? { state.numbers["\(name)_\(key)"].flatMap { Int(exactly: $0) } }
        return BucketSeries(
            capacity: capacity, origin: place("origin"), width: place("width") ?? 1,
            firstMissing: place("first_missing"), buckets: buckets)
    }

    /// A double as the sum of two floats: 48 of its 53 bits.
    private static func halves(_ value: Double) -> [Float] {
        let upper = Float(value)
        return [upper, upper.isFinite ? Float(value - Double(upper)) : 0]
    }

    private static func whole(_ upper: Float, _ lower: Float) -> Double {
        let value = Double(upper) + Double(lower)
        return value.isFinite && abs(value) < 1e18 ? value : 0
    }
}
