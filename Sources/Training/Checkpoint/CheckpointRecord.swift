import DataSource
import JSONText

/// What a checkpoint holds of a run beside tensors: how far it is, and what it must go on with.
struct CheckpointRecord {
    /// Of the files, and of what a step computes: raised with either, since a run goes on to the same bytes or not at
    /// all.
    static let format = 2

    var settings: [CheckpointSetting]
    var environment: [CheckpointSetting]
    var stream: StreamState
    /// What the epoch's data cost so far.
    var statistics: StreamStatistics
    var reportedBlocks: [String]
    var position: RunPosition
    /// Batches since the run began.
    var batches: Int
    var iterations: Int
    var seed: UInt64
    /// Of each of the optimizer's parts; nil where a schedule is in charge.
    var learningRates: FirstAndNow<[Float?]>
    /// Layers that are not trained.
    var frozen: FirstAndNow<[String]>
    var history: History
    var callbacks: [SavedCallback]

    /// What something was when the run began, and what it is: callbacks may change it.
    struct FirstAndNow<Value: Equatable> {
        var first: Value
        var now: Value

        /// Whether a run may begin with this value and go on: it is set as it was, or not set back.
        func contains(_ value: Value) -> Bool { value == first || value == now }
    }

    struct SavedCallback {
        /// The type, and a number where there are several of it.
        let name: String
        let state: CallbackState
    }

    /// The name of what a loop of one's own keeps, beside those of callbacks.
    static let loop = "loop"

    /// Names for a list of callbacks by which they find their states again.
    static func names(of callbacks: [any Callback]) -> [String] {
        var counts: [String: Int] = [:]
        return callbacks.map { callback in
            let type = "\(Swift.type(of: callback))"
            counts[type, default: 0] += 1
            return counts[type] == 1 ? type : "\(type) \(counts[type]!)"
        }
    }
}

extension CheckpointRecord {
    /// Numbers that must not lose a bit, by their names in the file.
    var numbers: [(name: String, values: [Double])] {
        var result: [(name: String, values: [Double])] = [
            ("run/seconds", [position.seconds]),
            ("run/learning_rates", (learningRates.first + learningRates.now).map { Double($0 ?? -1) }),
            ("run/statistics", statistics.numbers),
        ]
        result += history.names.map { ("history/\($0)", history[$0]) }
        for callback in callbacks {
            result += callback.state.numbers.sorted { $0.key < $1.key }.map {
                ("callbacks/\(callback.name)/numbers/\($0.key)", [$0.value])
            }
        }
        return result
    }

    /// Arrays that callbacks keep.
    var arrays: [(name: String, values: [Float])] {
        callbacks.flatMap { callback in
            callback.state.arrays.sorted { $0.key < $1.key }.map {
                ("callbacks/\(callback.name)/arrays/\($0.key)", $0.value)
            }
        }
    }

    /// All the rest.
    var text: String {
        JSONValue.object([
            "format": .integer(Self.format), "settings": settings.json, "environment": environment.json,
            "stream": .string(stream.json), "reported_blocks": .array(reportedBlocks.map(JSONValue.string)),
            "epoch": .integer(position.epoch), "step": .integer(position.step),
            "samples": .integer(position.samples), "stopping": .bool(position.isStopRequested),
            "batches": .integer(batches), "iterations": .integer(iterations), "seed": .string(String(seed)),
            "frozen_first": .array(frozen.first.map(JSONValue.string)),
            "frozen": .array(frozen.now.map(JSONValue.string)),
            "history_epochs": .array(history.epochs.map(JSONValue.integer)),
            "history": .array(history.names.map(JSONValue.string)),
            "callbacks": .array(
                callbacks.map { callback in
                    .object([
                        "name": .string(callback.name),
                        "numbers": .array(callback.state.numbers.keys.sorted().map(JSONValue.string)),
                        "arrays": .array(callback.state.arrays.keys.sorted().map(JSONValue.string)),
                    ])
                }),
        ]).text()
    }

    /// Reads what another process wrote.
    ///
    /// - Throws: `TrainingError` for a file of another format, `CheckpointReader.Damage` for one that lacks something.
    init(_ file: CheckpointReader) throws {
        guard let value = try? JSONValue(strict: Array(file.metadata.utf8)), let format = value["format"]?.integerValue
        else { throw CheckpointReader.Damage(description: "it does not say how far the run was") }
        guard format == Self.format else {
            throw TrainingError(
                .checkpoint,
                "\(file.path) was written by another version of the program: expected format \(Self.format), found "
                    + "\(format); go on with that version, or start anew in another directory")
        }
        func whole(_ key: String) throws -> Int {
            guard let number = value[key]?.integerValue, number >= 0 else {
                throw CheckpointReader.Damage(description: "it has no number \"\(key)\"")
            }
            return number
        }
        func texts(_ key: String, of value: JSONValue) throws -> [String] {
            guard let list = value[key]?.arrayValue else {
                throw CheckpointReader.Damage(description: "it has no list \"\(key)\"")
            }
            return list.compactMap(\.stringValue)
        }
        func pair(_ name: String) throws -> FirstAndNow<[Float?]> {
            let numbers = try file.doubles(name).map { $0 < 0 ? nil : Float($0) }
            guard numbers.count % 2 == 0 else { throw CheckpointReader.Damage(description: "\(name) is not in pairs") }
            return FirstAndNow(
                first: Array(numbers[..<(numbers.count / 2)]), now: Array(numbers[(numbers.count / 2)...]))
        }
        guard let seed = value["seed"]?.stringValue.flatMap({ UInt64($0) }) else {
            throw CheckpointReader.Damage(description: "it has no seed")
        }
        settings = [CheckpointSetting](value["settings"])
        environment = [CheckpointSetting](value["environment"])
        do { stream = try StreamState(json: value["stream"]?.stringValue ?? "") } catch {
            throw CheckpointReader.Damage(description: error.description)
        }
        statistics = StreamStatistics(numbers: try file.doubles("run/statistics"))
        reportedBlocks = try texts("reported_blocks", of: value)
        position = RunPosition(
            epoch: try whole("epoch"), step: try whole("step"), samples: try whole("samples"),
            seconds: try file.doubles("run/seconds").first ?? 0,
            isStopRequested: value["stopping"]?.boolValue ?? false)
        batches = try whole("batches")
        iterations = try whole("iterations")
        self.seed = seed
        learningRates = try pair("run/learning_rates")
        frozen = FirstAndNow(first: try texts("frozen_first", of: value), now: try texts("frozen", of: value))
        history = History(
            epochs: value["history_epochs"]?.arrayValue?.compactMap(\.integerValue) ?? [],
            figures: try texts("history", of: value).map { ($0, try file.doubles("history/\($0)")) })
        callbacks = try (value["callbacks"]?.arrayValue ?? []).map { saved in
            let name = saved["name"]?.stringValue ?? ""
            var state = CallbackState()
            for key in try texts("numbers", of: saved) {
                state.numbers[key] = try file.doubles("callbacks/\(name)/numbers/\(key)").first
            }
            for key in try texts("arrays", of: saved) {
                state.arrays[key] = try file.floats("callbacks/\(name)/arrays/\(key)")
            }
            return SavedCallback(name: name, state: state)
        }
    }
}

extension StreamStatistics {
    /// What adds up from one part of an epoch to the next.
    fileprivate var numbers: [Double] {
        [
            waitSeconds, Double(storedBytesRead), readSeconds, Double(blocksDecoded), Double(decodedBytes),
            decodeSeconds, Double(filledBytes), fillSeconds, seconds, Double(batches), Double(samples),
            Double(skippedBlocks), Double(skippedSamples),
        ]
    }

    fileprivate init(numbers: [Double]) {
        self.init()
        guard numbers.count == 13, numbers.allSatisfy({ abs($0) < 1e18 }) else { return }
        (waitSeconds, storedBytesRead, readSeconds) = (numbers[0], Int(numbers[1]), numbers[2])
        (blocksDecoded, decodedBytes, decodeSeconds) = (Int(numbers[3]), Int(numbers[4]), numbers[5])
        (filledBytes, fillSeconds, seconds) = (Int(numbers[6]), numbers[7], numbers[8])
        (batches, samples) = (Int(numbers[9]), Int(numbers[10]))
        (skippedBlocks, skippedSamples) = (Int(numbers[11]), Int(numbers[12]))
    }
}
