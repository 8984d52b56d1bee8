import DataSource
import Memory
import Testing

@Suite struct ResumeTests {
    private func options(
        _ policy: ShufflePolicy, window: Int, workers: Int = 2, queue: Int = 1 << 14, batchSize: Int = 16
    ) -> BatchOptions {
        var options = BatchOptions()
        options.batchSize = batchSize
        options.shuffle = policy
        options.windowBytes = window
        options.decodeWorkers = workers
        options.queueBytes = queue
        options.epochs = 0..<3
        options.seed = 11
        return options
    }

    @Test(arguments: ShufflePolicy.allCases, [0, 128, 5 * 128, 1 << 20])
    func `a stream that resumes anywhere delivers what an uninterrupted one does`(
        policy: ShufflePolicy, window: Int
    ) throws {
        let source = numbered(103, rowsPerBlock: 7)
        let whole = try samples(BatchStream(source, options: options(policy, window: window)))
        #expect(whole.count == 21)
        for taken in 0..<whole.count {
            let first = try BatchStream(source, options: options(policy, window: window))
            for _ in 0..<taken { _ = try take(first).rowCount }
            let state = try StreamState(json: try first.state.json)
            for (workers, queue) in [(1, 0), (2, 1 << 14), (7, 1 << 20)] {
                let second = try BatchStream(
                    source, options: options(policy, window: window, workers: workers, queue: queue),
                    resumingAt: state)
                #expect(try samples(second) == Array(whole[taken...]), "after \(taken) batches")
            }
        }
    }

    @Test func `other arrays of the same shape are refused`() throws {
        func source(_ change: Int?, inTarget: Bool = false) -> ArraySource {
            var x = (0..<206).map { Float($0) }
            var y = (0..<103).map { Int64($0 % 10) }
            if let change { if inTarget { y[change] += 1 } else { x[change] += 1 } }
            return ArraySource(
                inputs: [ArrayColumn("x", x, rowShape: [2])], targets: [ArrayColumn("y", y)], rowsPerBlock: 7)
        }
        let chosen = options(.window, window: 1024)
        let first = try BatchStream(source(nil), options: chosen)
        _ = try take(first).rowCount
        let state = try first.state
        let second = try BatchStream(source(nil), options: chosen, resumingAt: state)
        #expect(try take(second).firstSample == 16)
        for (change, inTarget) in [(0, false), (205, false), (0, true), (102, true)] {
            let error = #expect(throws: DataError.self) {
                try BatchStream(source(change, inTarget: inTarget), options: chosen, resumingAt: state)
            }
            #expect(error?.message.contains("belongs to other data") == true)
        }
    }

    @Test func `a state is small, and says where it is`() throws {
        let source = numbered(1000, rowsPerBlock: 7)
        let stream = try BatchStream(source, options: options(.window, window: 1024))
        for _ in 0..<63 { _ = try take(stream).rowCount }
        #expect(try stream.state.epoch == 1 && stream.state.sample == 0)
        _ = try take(stream).rowCount
        #expect(try stream.state.epoch == 1 && stream.state.sample == 16)
        #expect(try stream.state.json.utf8.count < 1024)
        #expect(try StreamState(json: stream.state.json) == stream.state)
    }

    @Test func `blocks that are used up are not decoded again`() throws {
        let source = numbered(700, rowsPerBlock: 7)
        let first = try BatchStream(source, options: options(.window, window: 4 * 128))
        for _ in 0..<40 { _ = try take(first).rowCount }
        let second = try BatchStream(
            source, options: options(.window, window: 4 * 128), resumingAt: try first.state)
        _ = try samples(second)
        // 60 samples of 700 are left of the first epoch: at most 4 live blocks and those that are to come.
        #expect(second.statistics.blocksDecoded <= 200 + 4 + 60 / 7 + 1)
    }

    @Test func `other data and other settings are refused`() throws {
        let source = numbered(1000, rowsPerBlock: 7)
        let chosen = options(.window, window: 1024)
        let state = try BatchStream(source, options: chosen).state
        func message(_ source: some Source, _ options: BatchOptions) -> String {
            do throws(DataError) {
                _ = try BatchStream(source, options: options, resumingAt: state)
                return ""
            } catch { return error.description }
        }
        #expect(message(source, chosen) == "")
        #expect(message(numbered(999, rowsPerBlock: 7), chosen).contains("other data"))
        #expect(message(numbered(1000, rowsPerBlock: 8), chosen).contains("other data"))
        let changes: [(String, (inout BatchOptions) -> Void)] = [
            ("seed: expected 11, found 12", { $0.seed = 12 }),
            ("batch size: expected 16, found 8", { $0.batchSize = 8 }),
            ("shuffle: expected window, found none", { $0.shuffle = .none }),
            ("blocks in the window: expected 8, found 16", { $0.windowBytes = 2048 }),
            ("nothing is left to resume", { $0.epochs = 1..<2 }),
        ]
        for (expected, change) in changes {
            var other = chosen
            change(&other)
            #expect(message(source, other).contains(expected))
        }
        // What does not decide the order may differ.
        var faster = chosen
        faster.decodeWorkers = 7
        faster.queueBytes = 1 << 20
        #expect(message(source, faster) == "")
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"version":2}"#,
        #"{"version":1,"data":"0","rows":10,"seed":"1","shuffle":"window","live_blocks":1,"batch_size":1,"epoch":0,"sample":10}"#,
        #"{"version":1,"data":"0","rows":10,"seed":"-1","shuffle":"window","live_blocks":1,"batch_size":1,"epoch":0,"sample":1}"#,
        #"{"version":1,"data":"0","rows":10,"seed":"1","shuffle":"deck","live_blocks":1,"batch_size":1,"epoch":0,"sample":1}"#,
    ]) func `text that is no state is refused`(text: String) {
        #expect(throws: DataError.self) { try StreamState(json: text) }
    }

    @Test(arguments: ShufflePolicy.allCases) func `any position is found without data`(policy: ShufflePolicy) throws {
        let source = numbered(500, rowsPerBlock: 7)
        let chosen = options(policy, window: 4 * 128)
        let whole = try samples(BatchStream(source, options: chosen)).flatMap { $0 }
        for position in stride(from: 0, to: 1500, by: 61) {
            let row = BatchStream.row(
                of: source, options: chosen, epoch: position / 500, position: position % 500)
            #expect(row == whole[position])
        }
    }

    /// The rows of each batch, checked against the samples' own numbers.
    private func samples(_ stream: BatchStream) throws -> [[Int]] {
        var result: [[Int]] = []
        while let batch = try stream.next() {
            let rows = Array(batch.rows)
            #expect(rows == (0..<batch.rowCount).map { Int(batch.inputs[0].floats[$0 * 2]) })
            result.append(rows)
        }
        return result
    }
}
