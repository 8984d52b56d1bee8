import Conversion
import Foundation
import HDF5Store
import Memory
import Shards
import Testing

struct `Exports that fail` {
    private let directory: TemporaryDirectory
    private var path: String { "\(directory.path)/out.h5" }

    init() throws {
        directory = try TemporaryDirectory()
        let rows = ExportDatasets.rows(
            [ShardColumn("x", .int32, rowShape: [3]), ShardColumn(ragged: "r", .uint8)], 500)
        try ExportDatasets.write(rows, blockRows: 32, shardRows: 200, to: "\(directory.path)/shards")
    }

    /// The tests' process holds what hundreds of other tests take.
    private var roomy: ExportOptions {
        var options = ExportOptions()
        options.memory = .mebibytes(4096)
        return options
    }

    private func export(
        _ change: (inout ExportOptions) -> Void = { _ in }, isStopped: @escaping () -> Bool = { false }
    ) throws -> ShardExporter.Summary {
        var options = roomy
        options.workers = 2
        change(&options)
        return try ShardExporter(
            ShardDataset(path: "\(directory.path)/shards"), to: path, options: options, isStopped: isStopped
        ).run()
    }

    // Names in the directory besides the dataset's.
    private var leftovers: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0 != "shards" } }
    }

    @Test(arguments: [0.2, 0.5, 0.9])
    func `a damaged shard is named, and nothing is left`(place: Double) throws {
        let shard = "\(directory.path)/shards/\(ShardFormat.fileName(shard: 1))"
        var bytes = try Data(contentsOf: URL(filePath: shard))
        let file = try ShardFile(path: shard)
        let block = Int(place * Double(file.blockCount))
        // The last byte of the block's first frame: its checksum.
        let firstBlock = 8 + Int(bytes[4]) + Int(bytes[5]) << 8
        let offset = (0..<block).reduce(firstBlock) { $0 + file.storedBytes(block: $1, columns: 0..<2) }
        bytes[offset + file.storedBytes(block: block, columns: 0..<1) - 1] ^= 1
        try bytes.write(to: URL(filePath: shard))
        let error = #expect(throws: ShardError.self) { _ = try export() }
        #expect(error?.kind == .damaged && error?.path == shard && error?.block == block && error?.column == "x")
        #expect(try leftovers == [])
    }

    @Test func `a file that is there is replaced only when asked for, and only by a whole one`() throws {
        try Data("old".utf8).write(to: URL(filePath: path))
        let error = #expect(throws: ConversionError.self) { _ = try export() }
        #expect(error?.kind == .exists)
        let stopped = #expect(throws: ConversionError.self) {
            _ = try export {
                $0.overwrites = true
            } isStopped: {
                true
            }
        }
        #expect(stopped?.kind == .stopped)
        #expect(try Data(contentsOf: URL(filePath: path)) == Data("old".utf8))
        #expect(try leftovers == ["out.h5"])
        #expect(try export { $0.overwrites = true }.rowCount == 500)
        #expect(try ExportDatasets.read(path)["x"]?.rows.count == 500)
    }

    @Test func `what cannot be meant is refused`() throws {
        for change in [
            { $0.columns = ["y"] }, { $0.columns = ["x", "x"] }, { $0.columns = [] }, { $0.rows = 1..<501 },
        ] as [(inout ExportOptions) -> Void] {
            let error = #expect(throws: ConversionError.self) { _ = try export(change) }
            #expect(error?.kind == .usage)
        }
        let error = #expect(throws: ConversionError.self) { _ = try export { $0.memory = .mebibytes(3) } }
        #expect(error?.kind == .memory && error?.message.contains("the smallest cap that works is") == true)
        #expect(try leftovers == [])
    }

    @Test func `an output that cannot be created says so`() throws {
        let error = #expect(throws: HDF5Error.self) {
            _ = try ShardExporter(
                ShardDataset(path: "\(directory.path)/shards"), to: "\(directory.path)/none/out.h5",
                options: roomy
            ).run()
        }
        #expect(error?.kind == .cannotCreate)
    }

    @Test func `columns that one file cannot hold are refused`() throws {
        for names in [["a", "a/b"], ["a", "/a"], ["."], ["x/./y"], ["/"]] {
            let rows = ExportDatasets.rows(names.map { ShardColumn($0, .int8) }, 3)
            try ExportDatasets.write(rows, blockRows: 2, shardRows: 3, to: "\(directory.path)/shards")
            let error = #expect(throws: ConversionError.self, "\(names)") { _ = try export() }
            #expect(error?.kind == .usage)
        }
    }
}
