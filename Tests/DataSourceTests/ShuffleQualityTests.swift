import DataSource
import Testing

@Suite struct ShuffleQualityTests {
    /// The mean over batches of χ²/df of label counts: 1 for a perfect shuffle, 256 for none on sorted data.
    private func quality(
        _ label: (Int) -> Int, classes: Int, windowBlocks: Int, seed: UInt64, policy: ShufflePolicy = .window,
        rowCount: Int = 1 << 18
    ) throws -> Double {
        let source = ArraySource(
            inputs: [ArrayColumn("x", [UInt8](repeating: 0, count: rowCount))],
            targets: [ArrayColumn("y", (0..<rowCount).map { Int32(label($0)) })], rowsPerBlock: 64)
        var options = BatchOptions()
        options.batchSize = 256
        options.seed = seed
        options.windowBytes = windowBlocks * 64 * 5
        options.shuffle = policy
        let stream = try BatchStream(source, options: options)
        if policy == .window { #expect(stream.plan.liveBlocks == min(windowBlocks, source.blocks.count)) }
        var sum = 0.0
        var count = 0.0
        let expected = 256.0 / Double(classes)
        while let batch = try stream.next() {
            var counts = [Int](repeating: 0, count: classes)
            for value in batch.targets[0].integers { counts[Int(value)] += 1 }
            sum += counts.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
            count += 1
        }
        return sum / count / Double(classes - 1)
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func `sorted labels are spread over the window`(seed: UInt64) throws {
        // 160 live blocks at 10,240 rows: plain two-level shuffling gives 2.57 here.
        let value = try quality({ $0 / 2048 }, classes: 128, windowBlocks: 160, seed: seed)
        #expect(value > 1 && value <= 2.0)
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func `periodic labels come out as if drawn at random`(seed: UInt64) throws {
        for period in [100, 128] {
            let value = try quality({ $0 % period }, classes: period, windowBlocks: 160, seed: seed)
            #expect(abs(value - 1) < 0.05, "period \(period)")
        }
        let runs = try quality({ $0 / 8 % 128 }, classes: 128, windowBlocks: 160, seed: seed)
        #expect(abs(runs - 1) < 0.25)
    }

    @Test func `a window that holds everything is a uniform shuffle`() throws {
        for layout in [{ $0 / 2048 }, { $0 % 128 }, { $0 / 8 % 128 }] as [(Int) -> Int] {
            #expect(abs(try quality(layout, classes: 128, windowBlocks: 1 << 20, seed: 1) - 1) < 0.05)
        }
    }

    @Test func `live blocks are visited in a new order every round`() throws {
        // 64 live blocks of 1,024: which block follows which must not repeat.
        let source = numbered(1 << 17, rowsPerBlock: 128)
        var options = BatchOptions()
        options.batchSize = 1 << 14
        options.windowBytes = 64 * 128 * 16
        let stream = try BatchStream(source, options: options)
        #expect(stream.plan.liveBlocks == 64)
        let blocks = try take(stream).rows.map { $0 / 128 }
        var followers: [Int: [Int: Int]] = [:]
        for (block, next) in zip(blocks, blocks.dropFirst()) { followers[block, default: [:]][next, default: 0] += 1 }
        // 128 draws from a block spread over about 90 others: in a fixed order one of them would follow a hundred times.
        let most = followers.values.flatMap(\.values).max() ?? 0
        #expect(most < 20)
    }

    @Test func `a window of one per cent of a million sorted rows reaches two`() throws {
        // 10,240 of 2^20 rows in blocks of 64: MosaicML's default needs 26 times the memory for 1.91.
        let value = try quality({ $0 / 8192 }, classes: 128, windowBlocks: 160, seed: 1, rowCount: 1 << 20)
        #expect(value > 1 && value <= 2.0)
    }

    @Test(arguments: [1, 2] as [UInt64]) func `the exact shuffle is uniform on every layout`(seed: UInt64) throws {
        for layout in [{ $0 / 2048 }, { $0 % 128 }, { $0 / 8 % 128 }] as [(Int) -> Int] {
            #expect(abs(try quality(layout, classes: 128, windowBlocks: 0, seed: seed, policy: .exact) - 1) < 0.05)
        }
    }

    @Test(arguments: ShufflePolicy.allCases) func `the quality that is promised is the quality that is delivered`(
        policy: ShufflePolicy
    ) throws {
        let rowCount = 1 << 18
        let source = ArraySource(
            inputs: [ArrayColumn("x", [UInt8](repeating: 0, count: rowCount))],
            targets: [ArrayColumn("y", (0..<rowCount).map { Int32($0 / 2048) })], rowsPerBlock: 64)
        var options = BatchOptions()
        options.batchSize = 256
        options.seed = 9
        options.windowBytes = 40 * 64 * 5
        options.shuffle = policy
        let promised = ShuffleQuality.chiSquaredPerDegree(of: source, options: options)
        let delivered = try quality(
            { $0 / 2048 }, classes: 128, windowBlocks: 40, seed: 9, policy: policy)
        #expect(abs(promised - delivered) < 1e-9)
    }

    @Test func `a poor figure names its cause and a window that is enough`() throws {
        func remedy(rowsPerBlock: Int, windowBlocks: Int, policy: ShufflePolicy) -> String? {
            let source = ArraySource(
                inputs: [ArrayColumn("x", [UInt8](repeating: 0, count: 1 << 18))], rowsPerBlock: rowsPerBlock)
            var options = BatchOptions()
            options.batchSize = 256
            options.shuffle = policy
            options.windowBytes = windowBlocks * rowsPerBlock
            let value = ShuffleQuality.chiSquaredPerDegree(of: source, options: options)
            return ShuffleQuality.remedy(for: value, of: source, options: options)
        }
        #expect(remedy(rowsPerBlock: 64, windowBlocks: 400, policy: .window) == nil)
        #expect(remedy(rowsPerBlock: 64, windowBlocks: 4, policy: .none) == nil)
        let text = try #require(remedy(rowsPerBlock: 4096, windowBlocks: 4, policy: .window))
        #expect(text.contains("blocks of 4096 rows (4.0 KiB)") && text.contains("4 of 64 at a time"))
        #expect(text.contains("a window of 256.0 KiB would reach 2.0"))
        #expect(remedy(rowsPerBlock: 4096, windowBlocks: 4, policy: .block)?.contains("1 of 64 at a time") == true)
    }
}
