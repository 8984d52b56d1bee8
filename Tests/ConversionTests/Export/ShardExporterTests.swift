import Conversion
import Foundation
import HDF5Store
import Memory
import Shards
import Testing

struct `Exports to HDF5` {
    private func options(workers: Int = 2, level: Int? = 1) -> ExportOptions {
        var options = ExportOptions()
        options.workers = workers
        options.level = level
        options.chunkBytes = 2048
        options.memory = .mebibytes(4096)
        return options
    }

    // Rows of every kind in shards whose last blocks are not full.
    private func everything(_ directory: TemporaryDirectory) throws -> (RowChunk, ShardDataset) {
        let rows = ExportDatasets.rows(ExportDatasets.everyColumn, 700)
        try ExportDatasets.write(rows, blockRows: 48, shardRows: 250, to: "\(directory.path)/shards")
        return (rows, try ShardDataset(path: "\(directory.path)/shards"))
    }

    @Test(arguments: [nil, 1, 9] as [Int?])
    func `every type comes back, of fixed and of ragged shape`(level: Int?) throws {
        let directory = try TemporaryDirectory()
        let (rows, dataset) = try everything(directory)
        let path = "\(directory.path)/out.h5"
        var seen = 0
        let summary = try ShardExporter(dataset, to: path, options: options(level: level)) {
            false
        } progress: {
            seen = $0.rows
        }.run()
        #expect(summary.rowCount == 700 && summary.columns == rows.columns && seen == 700)
        let found = try ExportDatasets.read(path)
        #expect(found.count == rows.columns.count)
        for (index, column) in rows.columns.enumerated() {
            let (read, values) = try #require(found[column.name])
            #expect(read.type == column.type && read.isRagged == column.isRagged, "\(column.name)")
            if !column.isRagged { #expect(read.rowShape == column.rowShape, "\(column.name)") }
            #expect(read.encoding == (column.encoding == .text ? .text : nil), "\(column.name)")
            #expect(values == rows.values(0..<700, column: index), "\(column.name)")
        }
        let file = try HDF5File(path: path)
        #expect(
            try file.dataset("fixed-float32").filters.map(\.name) == (level == nil ? [] : ["shuffle", "deflate"]))
        #expect(try file.dataset("fixed-int8").filters.map(\.name) == (level == nil ? [] : ["deflate"]))
        #expect(try file.stringAttribute("encoding", of: "file") == "image")
        #expect(try file.stringAttribute("source", of: "/") == "made up")
        #expect(try file.stringAttribute("identity", of: "/")?.count == 16)
    }

    @Test func `the bytes depend on neither workers nor memory`() throws {
        let directory = try TemporaryDirectory()
        let (_, dataset) = try everything(directory)
        var first: Data?
        for (workers, memory) in [(1, 4096), (2, 1024), (5, 2048)] {
            var options = options(workers: workers)
            options.memory = .mebibytes(memory)
            let path = "\(directory.path)/\(workers).h5"
            _ = try ShardExporter(dataset, to: path, options: options).run()
            let bytes = try Data(contentsOf: URL(filePath: path))
            #expect(first == nil || bytes == first, "\(workers) workers")
            first = first ?? bytes
        }
    }

    @Test(arguments: [0..<1, 47..<49, 240..<510, 699..<700])
    func `some columns and rows are just those`(range: Range<Int>) throws {
        let directory = try TemporaryDirectory()
        let (rows, dataset) = try everything(directory)
        var options = options()
        options.columns = ["ragged-float64", "fixed-uint16", "naïve \"text\""]
        options.rows = range
        _ = try ShardExporter(dataset, to: "\(directory.path)/out.h5", options: options).run()
        let found = try ExportDatasets.read("\(directory.path)/out.h5")
        #expect(Set(found.keys) == Set(options.columns ?? []))
        for (index, column) in rows.columns.enumerated() where found[column.name] != nil {
            #expect(found[column.name]?.rows == rows.values(range, column: index), "\(column.name)")
        }
    }

    @Test func `a block that is larger than a chunk becomes several`() throws {
        let directory = try TemporaryDirectory()
        let rows = ExportDatasets.rows(
            [ShardColumn("wide", .uint8, rowShape: [9000]), ShardColumn(ragged: "long", .float32)], 200, longest: 9000)
        try ExportDatasets.write(rows, blockRows: 70, shardRows: 150, to: "\(directory.path)/shards")
        _ = try ShardExporter(
            ShardDataset(path: "\(directory.path)/shards"), to: "\(directory.path)/out.h5", options: options()
        ).run()
        let found = try ExportDatasets.read("\(directory.path)/out.h5")
        #expect(found["wide"]?.rows == rows.values(0..<200, column: 0))
        #expect(found["long"]?.rows == rows.values(0..<200, column: 1))
    }

    @Test func `a text with a zero byte is named, and can be written as bytes`() throws {
        let directory = try TemporaryDirectory()
        let rows = RowChunk([ShardColumn(bytes: "t", encoding: .text)])
        for row in 0..<100 {
            let text: [UInt8] = row == 77 ? [65, 0, 66] : Array("row \(row)".utf8)
            rows.extend(column: 0, by: text.count).copyBytes(from: text)
            rows.endRow()
        }
        try ExportDatasets.write(rows, blockRows: 20, shardRows: 60, to: "\(directory.path)/shards")
        let dataset = try ShardDataset(path: "\(directory.path)/shards")
        var options = options()
        let error = #expect(throws: ShardError.self) {
            _ = try ShardExporter(dataset, to: "\(directory.path)/out.h5", options: options).run()
        }
        #expect(error?.rows == 17..<18 && error?.column == "t")
        #expect(error?.message.contains("a zero byte at byte 1 of row 77 of the dataset") == true)
        options.writesTextAsBytes = true
        _ = try ShardExporter(dataset, to: "\(directory.path)/out.h5", options: options).run()
        #expect(try ExportDatasets.read("\(directory.path)/out.h5")["t"]?.rows == rows.values(0..<100, column: 0))
    }

    @Test func `more class names than an attribute holds are kept as JSON`() throws {
        let directory = try TemporaryDirectory()
        let rows = ExportDatasets.rows([ShardColumn("label", .uint8)], 10)
        let names = (0..<5000).map { "class \($0)" }
        try ExportDatasets.write(
            rows, blockRows: 5, shardRows: 10, to: "\(directory.path)/shards",
            classNames: .init(column: "label", names: names))
        _ = try ShardExporter(
            ShardDataset(path: "\(directory.path)/shards"), to: "\(directory.path)/out.h5", options: options()
        ).run()
        let text = try HDF5File(path: "\(directory.path)/out.h5").stringAttribute("class_names_json", of: "label")
        #expect(try JSONDecoder().decode([String].self, from: Data((text ?? "").utf8)) == names)
    }
}
