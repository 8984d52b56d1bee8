import DataSource
import Foundation
import Images
import Memory
import Shards
import Testing

@Suite struct ImageColumnTests {
    private static let files = [
        "rgb-444.jpg", "rgb.png", "grey.jpg", "palette.png", "orientation-6.jpg", "rgb-alpha.png",
    ]

    private func image(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: Fixtures.root + "images/" + name)))
    }

    /// Rows of image files in turn; `broken` is one that is cut.
    private func dataset(_ rowCount: Int, broken: Int? = nil) throws -> TestShards {
        let rows = RowChunk([ShardColumn(bytes: "photo", encoding: .image), ShardColumn("y", .uint8)])
        for row in 0..<rowCount {
            let bytes = try image(Self.files[row % Self.files.count])
            rows.append(row == broken ? Array(bytes.prefix(bytes.count / 2)) : bytes, column: 0)
            rows.append([UInt8(row)], column: 1)
            rows.endRow()
        }
        return try TestShards(rows, blockRows: 4, shardRows: [rowCount / 2, rowCount - rowCount / 2])
    }

    private func pixels(_ name: String, _ shape: ImageShape, _ channels: PixelChannels) throws -> [Float] {
        let options = ImageOptions(channels: channels, size: ImageSize(height: shape.height, width: shape.width))
        var decoder = ImageDecoder()
        var pixels = [UInt8](repeating: 0, count: shape.height * shape.width * channels.rawValue)
        let file = try image(name)
        try pixels.withUnsafeMutableBytes { target in
            try file.withUnsafeBytes { try decoder.decode($0, options: options, into: target) }
        }
        return pixels.map { Float($0) }
    }

    @Test(arguments: [PixelChannels.grey, .rgb, .rgba]) func `images are decoded by the workers to one size`(
        channels: PixelChannels
    ) throws {
        let shards = try dataset(24)
        let shape = ImageShape(height: 9, width: 14, channels: channels.rawValue)
        let source = try ShardSource(shards.path, x: "photo", y: "y", images: ["photo": shape])
        #expect(source.inputs[0] == ColumnInfo(name: "photo", type: .uint8, rowShape: [9, 14, channels.rawValue]))
        let expected = try Self.files.map { try pixels($0, shape, channels) }
        for policy in ShufflePolicy.allCases {
            let stream = try source.batches(of: 5, shuffle: policy)
            var labels: [Int32] = []
            while let batch = try stream.next() {
                for (row, label) in batch.targets[0].integers.enumerated() {
                    let size = 9 * 14 * channels.rawValue
                    #expect(
                        Array(batch.inputs[0].floats[row * size..<(row + 1) * size])
                            == expected[Int(label) % Self.files.count])
                }
                labels += batch.targets[0].integers
            }
            #expect(labels.sorted() == Array(0..<24))
        }
    }

    @Test func `the model's input says the size where nobody else does`() throws {
        let shards = try dataset(6)
        var names = ColumnNames()
        (names.x, names.y) = (["photo"], ["y"])
        let unknown = #expect(throws: DataError.self) { try ShardSource(paths: [shards.path], names) }
        #expect(unknown?.kind == .usage && unknown?.message.contains("--resize 224x224") == true)
        names.modelInputShapes = [[5, 7, 1]]
        #expect(try ShardSource(paths: [shards.path], names).inputs[0].rowShape == [5, 7, 1])
        names.modelInputShapes = [[5, 7]]
        #expect(try ShardSource(paths: [shards.path], names).inputs[0].rowShape == [5, 7, 1])
        names.imageSize = ImageShape(height: 8, width: 8)
        #expect(try ShardSource(paths: [shards.path], names).inputs[0].rowShape == [8, 8, 1])
        names.images["photo"] = ImageShape(height: 3, width: 2, channels: 4)
        #expect(try ShardSource(paths: [shards.path], names).inputs[0].rowShape == [3, 2, 4])
        names.images["photo"] = ImageShape(height: 3, width: 2, channels: 2)
        #expect(throws: DataError.self) { try ShardSource(paths: [shards.path], names) }
        names.images = ["y": ImageShape(height: 3, width: 2)]
        #expect(throws: DataError.self) { try ShardSource(paths: [shards.path], names) }
        #expect(ImageShape(parsing: "224x192") == ImageShape(height: 224, width: 192))
        #expect(ImageShape(parsing: "2x3x1")?.channels == 1)
        for text in ["", "3", "0x3", "3x", "3x3x2", "3x3x3x3", "ax3"] { #expect(ImageShape(parsing: text) == nil) }
    }

    @Test func `an image that does not decode is named, and can be skipped alone`() throws {
        let shards = try dataset(24, broken: 18)
        let shape = ImageShape(height: 8, width: 8)
        let source = try ShardSource(shards.path, x: "photo", y: "y", images: ["photo": shape])
        let error = #expect(throws: DataError.self) {
            let stream = try source.batches(of: 5)
            while let batch = try stream.next() { _ = batch.rowCount }
        }
        #expect(error?.file == shards.shard(1) && error?.dataset == "photo" && error?.rows == 16..<20)
        #expect(error?.fileRows == 6..<7 && error?.message.hasPrefix("the image of") == true)
        let sound = try dataset(24)
        let whole = try ShardSource(sound.path, x: "photo", y: "y", images: ["photo": shape])
        for policy in ShufflePolicy.allCases {
            var options = BatchOptions()
            options.batchSize = 5
            options.shuffle = policy
            options.epochs = 0..<2
            let all = try BatchStream(whole, options: options)
            var expected: [[Int]] = []
            while let batch = try all.next() { expected.append(batch.rows.filter { $0 != 18 }) }
            options.onBadBlock = .skip
            for workers in [1, 3] {
                options.decodeWorkers = workers
                let stream = try BatchStream(source, options: options)
                var found: [[Int]] = []
                while let batch = try stream.next() {
                    found.append(Array(batch.rows))
                    #expect(batch.targets[0].integers.map { Int($0) } == Array(batch.rows))
                }
                #expect(found == expected, "\(policy), \(workers) workers")
                let statistics = stream.statistics
                #expect(statistics.skippedSamples == 2 && statistics.skippedBlocks == 0)
                #expect(stream.badBlocks.map(\.rows) == [18..<19] && stream.badBlocks.map(\.block) == [4])
                #expect(stream.badBlocks[0].fileRows == 6..<7 && stream.badBlocks[0].dataset == "photo")
            }
        }
    }
}
