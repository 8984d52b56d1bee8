import Augmentation
import DataSource
import Memory
import Testing

@Suite struct AugmentedSourceTests {
    private static let rows = 61

    /// Images of 9 x 8 x 3 bytes and one-hot targets.
    private func images(_ rowsPerBlock: Int = 7) throws -> some Source {
        let pixels = (0..<Self.rows * 216).map { UInt8(truncatingIfNeeded: $0 * 37 + $0 / 216 * 11) }
        return try ArraySource(
            inputs: [ArrayColumn("x", pixels, rowShape: [9, 8, 3])],
            targets: [ArrayColumn("y", (0..<Self.rows).map { Int64($0 % 10) })], rowsPerBlock: rowsPerBlock
        ).converting("x", .scale(1 / 255)).converting("y", .oneHot(classes: 10))
    }

    private func options(
        _ policy: ShufflePolicy = .window, workers: Int = 2, queue: Int = 1 << 16, batchSize: Int = 16
    ) -> BatchOptions {
        var options = BatchOptions()
        options.batchSize = batchSize
        options.shuffle = policy
        options.windowBytes = 1 << 14
        options.decodeWorkers = workers
        options.queueBytes = queue
        options.epochs = 0..<2
        options.seed = 11
        return options
    }

    private struct Taken: Equatable {
        var rows: [Int]
        var x: [Float]
        var y: [Float]
    }

    private func drain(_ stream: BatchStream) throws -> [Taken] {
        var result: [Taken] = []
        while let batch = try stream.next() {
            result.append(
                Taken(rows: Array(batch.rows), x: Array(batch.inputs[0].floats), y: Array(batch.targets[0].floats)))
        }
        return result
    }

    private static let all: AugmentationSpec = [
        .flip(.horizontal), .rotate(20), .crop(height: 8, width: 7), .noise(0.02), .erase(1), .mixup(0.4), .cutmix(),
        .brightness(0.1),
    ]

    @Test(arguments: ShufflePolicy.allCases)
    func `the same bytes come from any number of workers, after resuming at any batch, too`(
        policy: ShufflePolicy
    ) throws {
        let source = try images().augmented(by: Self.all)
        let whole = try drain(BatchStream(source, options: options(policy, workers: 1)))
        #expect(whole.count == 8 && whole[0].x.count == 16 * 168)
        for workers in [2, 7] {
            for queue in [0, 1 << 20] {
                #expect(
                    try drain(BatchStream(source, options: options(policy, workers: workers, queue: queue))) == whole)
            }
        }
        for taken in 0..<whole.count {
            let first = try BatchStream(source, options: options(policy))
            for _ in 0..<taken { _ = try take(first).rowCount }
            let state = try StreamState(json: try first.state.json)
            let second = try BatchStream(source, options: options(policy, workers: 7), resumingAt: state)
            #expect(try drain(second) == Array(whole[taken...]))
        }
        // Epochs differ, and so do seeds.
        #expect(whole[0].x != whole[4].x)
        var other = options(policy)
        other.seed = 12
        #expect(try drain(BatchStream(source, options: other)) != whole)
    }

    @Test func `a sample is changed by its own numbers, whatever batch it comes in`() throws {
        let source = try images().augmented(by: [.rotate(20), .noise(0.02)])
        func samples(_ batchSize: Int, _ policy: ShufflePolicy) throws -> [[Float]] {
            var found = [[Float]](repeating: [], count: Self.rows)
            for batch in try drain(BatchStream(source, options: options(policy, batchSize: batchSize))).prefix(4) {
                for (index, row) in batch.rows.enumerated() where found[row].isEmpty {
                    found[row] = Array(batch.x[index * 216..<(index + 1) * 216])
                }
            }
            return found
        }
        let first = try samples(16, .none)
        #expect(try samples(16, .window) == first)
        #expect(try samples(61, .exact) == first)
        #expect(Set(first).count == Self.rows)
    }

    @Test func `without augmentation rows are as they are, and a random window is the middle one`() throws {
        var plain = options(.none)
        plain.augments = false
        let before = try drain(BatchStream(try images(), options: plain))
        let same = try images().augmented(by: [.flip(.both), .noise(0.1), .mixup()])
        #expect(try drain(BatchStream(same, options: plain)) == before)
        let cropped = try images().augmented(by: [.crop(height: 3, width: 4), .noise(0.1)])
        #expect(cropped.inputs[0].batchRowShape == [3, 4, 3])
        let middle = try drain(BatchStream(cropped, options: plain))
        #expect(middle.count == before.count)
        for (batch, whole) in zip(middle, before) {
            for row in batch.rows.indices {
                let expected = (3..<6).flatMap { y in
                    let start = row * 216 + (y * 8 + 2) * 3
                    return Array(whole.x[start..<start + 12])
                }
                #expect(Array(batch.x[row * 36..<(row + 1) * 36]) == expected)
            }
        }
    }

    @Test func `values are changed in the units that batches have`() throws {
        let source = try images().augmented(by: [.brightness(delta: 0.5...0.5)])
        var plain = options(.none)
        plain.augments = false
        let before = try drain(BatchStream(try images(), options: plain))
        let after = try drain(BatchStream(source, options: options(.none)))
        #expect(after.count == before.count)
        for (left, right) in zip(before, after) {
            #expect(left.x.count == right.x.count)
            #expect(zip(left.x, right.x).allSatisfy { min($0 + 0.5, 1) == $1 })
        }
    }

    @Test func `mixed targets are shares of two`() throws {
        let source = try images().augmented(by: [.mixup(1)])
        var mixed = 0
        for batch in try drain(BatchStream(source, options: options())) {
            for row in batch.rows.indices {
                let target = batch.y[row * 10..<(row + 1) * 10]
                #expect(abs(target.reduce(0, +) - 1) < 1e-6)
                let parts = target.filter { $0 > 0 }.count
                #expect((1...2).contains(parts))
                mixed += parts - 1
            }
        }
        // Nine of ten pairs are of two classes.
        #expect(mixed > Self.rows / 2)
    }

    @Test func `bad blocks are left out before samples are mixed`() throws {
        let base = numbered(60, rowsPerBlock: 6)
        let failing = try FailingSource(base: base, badBlock: 3).converting("y", .oneHot(classes: 10))
            .augmented(by: [.scale(factor: 1...1), .mixup(1)])
        for policy in ShufflePolicy.allCases {
            var chosen = options(policy, batchSize: 8)
            chosen.onBadBlock = .skip
            var first: [Taken]?
            for workers in [1, 2, 7] {
                chosen.decodeWorkers = workers
                let taken = try drain(BatchStream(failing, options: chosen))
                #expect(taken.flatMap(\.rows).count == 108)
                #expect(taken.allSatisfy { $0.x.allSatisfy { abs($0) < 60 } })
                #expect(first == nil || first == taken)
                first = taken
            }
            chosen.onBadBlock = .fail
            #expect(throws: DataError.self) { try drain(BatchStream(failing, options: chosen)) }
        }
    }

    @Test(arguments: [1, 2]) func `rows that are left out at the end do not keep the last batch from its mixture`(
        workers: Int
    ) throws {
        let failing = try FailingSource(base: numbered(60, rowsPerBlock: 6), badBlock: 9)
            .converting("y", .oneHot(classes: 10)).augmented(by: [.scale(factor: 1...1), .mixup(1)])
        var chosen = options(.none, workers: workers, batchSize: 10)
        (chosen.onBadBlock, chosen.windowBytes, chosen.epochs) = (.skip, 0, 0..<1)
        #expect(try drain(BatchStream(failing, options: chosen)).flatMap(\.rows) == Array(0..<54))
    }

    @Test func `another augmentation does not go on from a state`() throws {
        let source = try images().augmented(by: [.flip(.horizontal)])
        let state = try BatchStream(source, options: options()).state
        #expect(state.augmentation == "flip=horizontal")
        func message(_ source: some Source) -> String {
            do throws(DataError) {
                _ = try BatchStream(source, options: options(), resumingAt: state)
                return ""
            } catch { return error.description }
        }
        #expect(message(source) == "")
        #expect(message(try images()).contains("augmentation: expected flip=horizontal, found none"))
        #expect(
            message(try images().augmented(by: [.flip(.vertical)])).contains(
                "augmentation: expected flip=horizontal, found flip=vertical"))
    }

    @Test func `scratch memory is granted`() throws {
        let ledger = MemoryLedger()
        let plain = StreamPlan(try images(), options: options())
        let source = try images().augmented(by: [.rotate(9), .blur(1), .mixup()])
        let stream = try BatchStream(source, options: options(), ledger: ledger)
        // Two workers: a row before and after, and two places and one more of the blur.
        #expect(stream.plan.decodeBytes >= plain.decodeBytes + 2 * 5 * 216 * 4)
        #expect(ledger.total == stream.plan.totalBytes)
        withExtendedLifetime(stream) {}
    }

    @Test func `what cannot be done is refused with what to do`() throws {
        func refusal(_ source: some Source, _ spec: AugmentationSpec, _ column: String? = nil) -> String {
            do throws(DataError) {
                _ = try source.augmented(by: spec, column: column)
                return ""
            } catch { return error.description }
        }
        let numbers = numbered(10, rowsPerBlock: 5)
        #expect(refusal(numbers, [.rotate(9)]).contains("rotate needs images"))
        #expect(refusal(numbers, [.noise(0.1)], "z").contains("there is no input \"z\" to augment; the inputs are x"))
        let labels = refusal(numbers, [.mixup()])
        #expect(labels.contains("mixup mixes targets, which class numbers cannot be (int64, one number a row)"))
        #expect(labels.contains("--one-hot y=CLASSES"))
        #expect(refusal(try numbers.converting("y", .scale(1)), [.mixup()]) == "")
        #expect(refusal(try images(), [.mixup(), .crop(height: 2, width: 2)]).contains("write it before mixup"))
        #expect(refusal(try images(), [.noise(2)]).contains("deviation 2.0, expected a number from 0.0 to 1.0"))
        let augmented = try images().augmented(by: [.flip(.vertical)])
        #expect(throws: DataError.self) { try augmented.converting("x", .cast(.int32)) }
    }
}
