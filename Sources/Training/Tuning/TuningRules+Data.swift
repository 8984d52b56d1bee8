import Memory

extension TuningRules {
    /// Decoding that takes less than this share of the cores is not worth a conversion.
    package static let dearDecoding = 0.1

    /// Shards must decode in this share of the time, to be worth one.
    package static let worthwhile = 0.7

    /// A shuffle worse than this asks for shuffled data: the goal for a window of one per cent of the data.
    package static let poorQuality = 2.0

    /// Whether the data should become shards, and why.
    ///
    /// - Parameters:
    ///   - run: the fastest run.
    ///   - shards: what the data would cost as shards; nil where they are some, or that was not measured.
    ///   - isWhole: whether the window holds all of the data.
    ///   - quality: χ² per degree of freedom of the planned window.
    ///   - convert: the command that makes shards; nil where there is none.
    package static func data(
        run: RunRate, _ decode: DecodeRate, shards: ShardRate?, cores: Int, isWhole: Bool, quality: Double,
        convert: String?
    ) -> Recommendation? {
        if quality > poorQuality, let convert {
            return Recommendation(
                "data", "shuffle them once, into shards", command: "\(convert) --shuffle 0",
                "the blocks in which the data can be decoded limit the shuffle to χ²/df "
                    + "\(TuningText.decimal(quality)); rows that are shuffled as they are converted need no window")
        }
        guard !isWhole else { return nil }
        let busy = run.samplesPerSecond * decode.decodeSecondsPerRow
        let takes = "decoding takes \(TuningText.decimal(busy)) of \(TuningText.plural(cores, "core"))"
        let speed = "\(ByteCount(Int(min(1e15, decode.decodedBytesPerSecond))))/s on one"
        guard busy >= dearDecoding * Double(cores), let shards, let convert else {
            return Recommendation("data", "as they are", "\(takes), at \(speed)")
        }
        let share = shards.decodeSecondsPerRow / decode.decodeSecondsPerRow
        let sizes =
            "\(ByteCount(Int(shards.storedBytesPerRow))) a row instead of \(ByteCount(Int(decode.storedBytesPerRow)))"
        guard share <= worthwhile else {
            return Recommendation(
                "data", "as they are",
                "\(takes), at \(speed); shards of zstd would take \(TuningText.percent(share)) of that, with \(sizes)")
        }
        return Recommendation(
            "data", "convert them to shards", command: convert,
            "\(takes), at \(speed); zstd takes \(TuningText.percent(share)) of that on \(shards.rows) of the rows, "
                + "with \(sizes)"
        )
    }

    /// The command that makes shards of files, quoted for a shell.
    package static func convertCommand(_ paths: [String], memory: ByteCount?) -> String {
        let name = paths[0].split(separator: "/").last.map(String.init) ?? "data"
        let stem = String(name.prefix { !".*?[".contains($0) })
        let cap = memory.map { " --memory \(TuningText.option($0.bytes))" } ?? ""
        let out = quoted((stem.isEmpty ? "data" : stem) + "-shards")
        return "millrace shard convert \(paths.map(quoted).joined(separator: " ")) --out \(out)\(cap)"
    }

    private static func quoted(_ text: String) -> String {
        let plain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-+=:,@%*?".contains($0)) }
        return plain && !text.isEmpty ? text : "'\(text.replacing("'", with: "'\\''"))'"
    }
}
