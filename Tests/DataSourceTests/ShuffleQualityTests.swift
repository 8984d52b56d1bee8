import DataSource
import Testing

@Suite struct ShuffleQualityTests {
    /// The mean over batches of χ²/df of label counts: 1 for a perfect shuffle, 256 for none on sorted data.
    private func quality(_ label: (Int) -> Int, classes: Int, windowBlocks: Int, seed: UInt64) throws -> Double {
        let rowCount = 1 << 18
        let source = ArraySource(
            inputs: [ArrayColumn("x", [UInt8](repeating: 0, count: rowCount))],
            targets: [ArrayColumn("y", (0..<rowCount).map { Int32(label($0)) })], rowsPerBlock: 64)
        var options = BatchOptions()
        options.batchSize = 256
        options.seed = seed
        options.windowBytes = windowBlocks * 64 * 5
        let stream = try BatchStream(source, options: options)
        #expect(stream.plan.liveBlocks == min(windowBlocks, source.blocks.count))
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
}
