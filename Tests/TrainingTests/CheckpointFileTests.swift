import DataSource
import Foundation
import JSONText
import Memory
import NeuralNetwork
import Synchronization
import Testing
import Training

/// Directories of checkpoints: what is kept, what is damaged, what belongs to another run.
@Suite struct CheckpointFileTests {
    private func finished(_ scratch: CheckpointScratch, keep: Int = 2) throws -> RunOutcome {
        try ResumeCase(.adam(), ResumeCase.settings).run(Checkpointing(scratch.path, interval: .updates(2), keep: keep))
    }

    /// What a resumed run says.
    private final class Notes: Sendable {
        let lines = Mutex<[String]>([])

        func following(_ scratch: CheckpointScratch) -> Checkpointing {
            var checkpointing = Checkpointing(scratch.path, resumes: true)
            checkpointing.observe = { event in
                switch event {
                case .note(let text), .warning(let text): self.lines.withLock { $0.append(text) }
                default: break
                }
            }
            return checkpointing
        }

        var text: String { lines.withLock { $0.joined(separator: "\n") } }
    }

    @Test(arguments: [1, 2, 5]) func `the newest ones are kept`(_ keep: Int) throws {
        let scratch = try CheckpointScratch()
        _ = try finished(scratch, keep: keep)
        let files = try scratch.files
        #expect(files.count == keep)
        // Seven batches an epoch: after 2, 4, 6, 7, 8, 10 … 21.
        #expect(files.last == "checkpoint-000000012.safetensors")
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).count == keep)
    }

    @Test func `a file is a safetensors file`() throws {
        let scratch = try CheckpointScratch()
        _ = try finished(scratch)
        let bytes = [UInt8](try Data(contentsOf: scratch.url(try scratch.files.last!)))
        let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try JSONValue(strict: Array(bytes[8..<8 + length]))
        var end = 0
        for member in try #require(header.members) where member.key != "__metadata__" {
            let offsets = (member.value["data_offsets"]?.arrayValue ?? []).compactMap(\.integerValue)
            try #require(offsets.count == 2)
            #expect(offsets[0] == end)
            end = offsets[1]
        }
        #expect(end + 8 + length == bytes.count)
        #expect(header["weights/dense/kernel"]?["shape"] == .array([.integer(6), .integer(20)]))
        #expect(header["optimizer/momentum of dense/kernel"]?["dtype"] == .string("F32"))
        #expect(header["checksum"]?["dtype"] == .string("U64"))
    }

    @Test func `without any the run begins, and says so`() throws {
        let scratch = try CheckpointScratch()
        let notes = Notes()
        let run = try ResumeCase(.adam(), ResumeCase.settings)
        #expect(try run.run(notes.following(scratch)) == run.run(nil))
        #expect(notes.text.contains("starts anew"))
    }

    @Test func `a damaged file is named, and the one before taken`() throws {
        let scratch = try CheckpointScratch()
        let whole = try finished(scratch)
        let newest = try scratch.files.last!
        let bytes = try Data(contentsOf: scratch.url(newest))
        let lengths = [0, 5, 20, 100, bytes.count / 2, bytes.count - 1]
        var damaged = lengths.map { bytes.prefix($0) } + [bytes + Data([0])]
        for place in [0, 3, 9, 40, bytes.count / 3, bytes.count / 2, bytes.count - 9, bytes.count - 1] {
            var copy = bytes
            copy[place] ^= 0x10
            damaged.append(copy)
        }
        for (index, damage) in damaged.enumerated() {
            let other = try CheckpointScratch()
            for file in try scratch.files {
                try FileManager.default.copyItem(at: scratch.url(file), to: other.url(file))
            }
            try damage.write(to: other.url(newest))
            // A file that a killed process left half-written is no checkpoint.
            try bytes.prefix(99).write(to: other.url(".\(newest).Xy12Zz"))
            let notes = Notes()
            let run = try ResumeCase(.adam(), ResumeCase.settings).run(notes.following(other))
            #expect(run.weights == whole.weights, "damage \(index)")
            #expect(notes.text.contains("\(newest) is damaged"), "damage \(index): \(notes.text)")
            #expect(try !FileManager.default.contentsOfDirectory(atPath: other.path).contains { $0.hasPrefix(".") })
            // The run goes on counting behind the damaged one.
            #expect(try other.files.last! > newest)
        }
    }

    @Test func `when all are damaged the run does not begin`() throws {
        let scratch = try CheckpointScratch()
        _ = try finished(scratch)
        for file in try scratch.files { try Data("nothing".utf8).write(to: scratch.url(file)) }
        let error = #expect(throws: TrainingError.self) {
            try ResumeCase(.adam(), ResumeCase.settings).run(scratch.resuming())
        }
        #expect(error?.kind == .checkpoint && error!.description.contains("none of the 2 checkpoints"))
    }

    @Test func `another run's checkpoints are neither overwritten nor continued`() throws {
        let scratch = try CheckpointScratch()
        _ = try finished(scratch)
        let before = try scratch.files.map { try Data(contentsOf: scratch.url($0)) }
        let error = #expect(throws: TrainingError.self) {
            try ResumeCase(.adam(), ResumeCase.settings).run(Checkpointing(scratch.path))
        }
        #expect(error?.kind == .output && error!.description.contains("--resume"))
        func refuse(_ fragments: [String], _ make: () throws -> ResumeCase) throws {
            let error = #expect(throws: TrainingError.self) { try make().run(scratch.resuming()) }
            for fragment in fragments + ["checkpoint-000000012"] {
                #expect(error?.kind == .checkpoint && error!.description.contains(fragment), "\(error!)")
            }
        }
        func changed(_ change: (inout FitSettings) -> Void) throws -> ResumeCase {
            var settings = ResumeCase.settings
            change(&settings)
            return try ResumeCase(.adam(), settings)
        }
        try refuse(["batch size: expected 8, found 4"]) { try changed { $0.batchSize = 4 } }
        try refuse(["seed: expected 7, found 8"]) { try changed { $0.seed = 8 } }
        try refuse(["shuffle: expected window, found none"]) { try changed { $0.shuffle = .none } }
        try refuse(["blocks in the window"]) { try changed { $0.windowBytes = 200 } }
        try refuse(["steps per epoch: expected the whole data, found 3"]) { try changed { $0.stepsPerEpoch = 3 } }
        try refuse(["accumulated parts: expected 1, found 2"]) { try changed { $0.accumulate = 2 } }
        try refuse(["class weights: expected none, found 1=2.0"]) { try changed { $0.classWeights = [1: 2] } }
        try refuse(["epochs: expected at least 3, found 2"]) { try changed { $0.epochs = 2 } }
        try refuse(["optimizer: expected Adam", "found SGD"]) { try ResumeCase(.sgd(), ResumeCase.settings) }
        try refuse(["learning rate: expected 0.001", "found 0.5"]) {
            try ResumeCase(.adam(learningRate: 0.5), ResumeCase.settings)
        }
        try refuse(["beta1: 0.9", "beta1: 0.8"]) { try ResumeCase(.adam(beta1: 0.8), ResumeCase.settings) }
        let same = try ResumeCase(.adam(), ResumeCase.settings)
        try refuse(["other data", "expected 52 samples", "found 45"]) {
            ResumeCase(
                same.settings, source: ResumeCase.rows(45, seed: 1), validation: same.validation, make: same.make)
        }
        try refuse(["validation data"]) {
            ResumeCase(same.settings, source: same.source, validation: nil, make: same.make)
        }
        func model(units: Int = 20, rate: Double = 0.3, activation: ActivationFunction = .relu) throws -> ResumeCase {
            ResumeCase(same.settings, source: same.source, validation: same.validation) {
                let model = try Sequential(input: [6]) {
                    Dense(units, activation: activation)
                    Dropout(rate)
                    BatchNormalization()
                    Dense(3, activation: .softmax)
                }
                try model.compile(optimizer: .adam(), loss: .sparseCategoricalCrossentropy, metrics: [.accuracy])
                return model
            }
        }
        try refuse(["parameters: expected dense/kernel (6, 20), found dense/kernel (6, 21)"]) { try model(units: 21) }
        try refuse(["computation"]) { try model(rate: 0.4) }
        try refuse(["computation"]) { try model(activation: .tanh) }
        #expect(try scratch.files.map { try Data(contentsOf: scratch.url($0)) } == before)
        // None of this has touched the run: it is still resumed.
        _ = try model().run(scratch.resuming())
    }

    @Test func `an interrupted run goes on, in the same process too`() throws {
        final class Interrupter: Callback {
            func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) {
                if report.epoch == 2, report.step == 4 { run.interrupt() }
            }
        }
        let scratch = try CheckpointScratch()
        let run = try ResumeCase(.adam(), ResumeCase.settings)
        let whole = try run.run(nil)
        let model = try run.make()
        var settings = run.settings
        settings.checkpointing = Checkpointing(scratch.path)
        let plan = try model.plan(run.source, validation: run.validation, settings)
        let first = try model.fit(
            run.source, validation: run.validation, settings, plan, callbacks: [Interrupter()])
        #expect(first.epochs == [1, 2] && model.iterations == 11)
        settings.checkpointing = scratch.resuming()
        let history = try model.fit(run.source, validation: run.validation, settings, plan, callbacks: [])
        #expect(history.epochs == [1, 2, 3])
        #expect((0..<model.parameters.count).map { model.weights(at: $0).map(\.bitPattern) } == whole.weights)
        #expect(history["val_loss"].map(\.bitPattern) == whole.history["val_loss"])
    }

    @Test func `a second run cannot write beside the first`() throws {
        final class Second: Callback {
            let directory: String
            var error: TrainingError?
            init(_ directory: String) { self.directory = directory }
            func epochWillBegin(_ run: TrainingRun) throws {
                var checkpointing = Checkpointing(directory, resumes: true)
                checkpointing.observe = { _ in }
                do {
                    _ = try ResumeCase(.adam(), ResumeCase.settings).run(checkpointing)
                } catch { self.error = error as? TrainingError }
            }
        }
        let scratch = try CheckpointScratch()
        let second = Second(scratch.path)
        let run = try ResumeCase(.adam(), ResumeCase.settings)
        let model = try run.make()
        var settings = run.settings
        settings.epochs = 1
        settings.checkpointing = Checkpointing(scratch.path)
        try model.fit(run.source, settings, try model.plan(run.source, settings), callbacks: [second])
        #expect(second.error?.kind == .output && second.error!.description.contains("another process"))
    }

    @Test func `wrong settings`() throws {
        let scratch = try CheckpointScratch()
        for wrong in [
            Checkpointing(scratch.path, interval: .updates(0)), Checkpointing(scratch.path, keep: 0), Checkpointing(""),
        ] {
            let error = #expect(throws: TrainingError.self) {
                try ResumeCase(.adam(), ResumeCase.settings).run(wrong)
            }
            #expect(error?.kind == .usage)
        }
        let error = #expect(throws: TrainingError.self) {
            try ResumeCase(.adam(), ResumeCase.settings).run(Checkpointing("/proc/nothing/here"))
        }
        #expect(error?.kind == .output && error!.description.contains("/proc/nothing"))
    }
}
