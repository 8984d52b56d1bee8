internal import Images
import Memory
internal import Shards

/// Decides what becomes of a column's rows in a source: rows of one shape, whatever is stored.
struct ShardFitting {
    let names: ColumnNames
    let datasets: [ShardDataset]

    /// A block of padded rows beyond this is refused before anything is allocated for it.
    private static var mostBlockBytes: Int { ProcessMemory.physicalBytes / 2 }

    /// Refuses paddings and sizes of columns that have no use for them.
    func checkNames() throws(DataError) {
        for name in names.padding.keys.sorted() {
            let column = try column(name, of: datasets[0])
            if !column.info.isRagged || column.info.encoding == .image {
                throw DataError(
                    kind: .usage, file: datasets[0].manifestPath, dataset: name,
                    "padding is for columns of rows of different lengths, found \(text(of: column))")
            }
        }
        for name in names.images.keys.sorted() {
            let column = try column(name, of: datasets[0])
            if column.info.encoding != .image {
                throw DataError(
                    kind: .usage, file: datasets[0].manifestPath, dataset: name,
                    "an image size is for columns of encoded images, found \(text(of: column))")
            }
        }
    }

    /// How a column of a dataset is read; `input` is its place among the inputs, where it is one.
    func reading(of name: String, in dataset: ShardDataset, input: Int?) throws(DataError) -> ShardReading {
        let column = try column(name, of: dataset)
        func invalid(_ message: String) -> DataError {
            DataError(kind: .usage, file: dataset.manifestPath, dataset: name, message)
        }
        guard column.info.isRagged else {
            return ShardReading(
                column: column.index,
                info: ColumnInfo(name: column.info.name, type: column.info.type, rowShape: column.info.rowShape),
                form: .fixed)
        }
        switch column.info.encoding {
        case .text:
            throw DataError(
                file: dataset.manifestPath, dataset: name,
                "expected numbers or images, found \(text(of: column)); a model takes no text: convert it to numbers first"
            )
        case .image:
            let shape = try imageShape(name, input: input, invalid)
            guard let channels = PixelChannels(rawValue: shape.channels ?? 3) else {
                throw invalid("images have no \(shape.channels ?? 3) channels")
            }
            let pixelBytes = shape.height * shape.width * channels.rawValue
            guard pixelBytes <= Self.mostBlockBytes / dataset.schema.blockRows else {
                throw invalid(
                    "images of \(shape.height)x\(shape.width), in blocks of \(dataset.schema.blockRows) rows, are more than "
                        + "this machine's memory takes; decode them to a smaller size")
            }
            return ShardReading(
                column: column.index,
                info: ColumnInfo(
                    name: column.info.name, type: .uint8, rowShape: [shape.height, shape.width, channels.rawValue]),
                form: .image(
                    ImageOptions(channels: channels, size: ImageSize(height: shape.height, width: shape.width))))
        case nil:
            return try padded(name, column, dataset, invalid)
        }
    }

    private func imageShape(
        _ name: String, input: Int?, _ invalid: (String) -> DataError
    ) throws(DataError) -> ImageShape {
        // An input of three axes says what it takes, and one of two takes grey images.
        let model = input.flatMap { $0 < names.modelInputShapes.count ? names.modelInputShapes[$0].dimensions : nil }
            .flatMap { $0.count == 3 ? $0 : $0.count == 2 ? $0 + [1] : nil }
        let asked = names.images.first { ColumnChoice.isSame($0.key, name) }?.value ?? names.imageSize
        guard var shape = asked ?? model.map({ ImageShape(height: $0[0], width: $0[1], channels: $0[2]) }) else {
            throw invalid(
                "holds encoded images, which are decoded while training; say to which size (--resize HxW, for example "
                    + "--resize 224x224)")
        }
        if shape.channels == nil { shape.channels = model?[2] ?? 3 }
        if let problem = shape.problem { throw invalid(problem) }
        return shape
    }

    private func padded(
        _ name: String, _ column: Column, _ dataset: ShardDataset, _ invalid: (String) -> DataError
    ) throws(DataError) -> ShardReading {
        guard let padding = names.padding.first(where: { ColumnChoice.isSame($0.key, name) })?.value else {
            let longest = column.statistics.lengths?.maximum ?? 0
            throw invalid(
                "its rows differ in length (\(text(of: column))); say how long they become, for example "
                    + "--pad \(name)=\(max(1, longest)), or --pad \(name)=longest for the longest of each batch")
        }
        let slot: Int
        switch padding.length {
        case .fixed(let count): slot = count
        // The longest of all datasets: then their batches have the same slots.
        case .longest: slot = max(1, try longest(name))
        }
        let (slotBytes, overflow) = slot.multipliedReportingOverflow(by: column.info.itemBytes)
        let (blockBytes, blockOverflow) = slotBytes.multipliedReportingOverflow(by: dataset.schema.blockRows)
        guard slot > 0, slot <= Int(Int32.max), !overflow, !blockOverflow, blockBytes <= Self.mostBlockBytes else {
            throw invalid(
                "rows of \(slot) steps of \(column.info.itemBytes) bytes, in blocks of \(dataset.schema.blockRows) rows, "
                    + "are more than this machine's memory takes; pad to a shorter length")
        }
        guard
            let fill = RowFill(
                padding, type: column.info.type, slotItems: slot, itemBytes: column.info.itemBytes)
        else { throw invalid("the padding's value \(padding.value) is no \(column.info.type)") }
        var info = ColumnInfo(
            name: column.info.name, type: column.info.type,
            rowShape: Shape([slot] + column.info.rowShape.dimensions))
        info.padding = padding
        return ShardReading(column: column.index, info: info, form: .padded(fill))
    }

    private func longest(_ name: String) throws(DataError) -> Int {
        var result = 0
        for dataset in datasets {
            guard let column = try? column(name, of: dataset) else { continue }
            result = max(result, column.statistics.lengths?.maximum ?? 0)
        }
        return result
    }

    private struct Column {
        let index: Int
        let info: ShardColumn
        let statistics: ShardColumnStatistics
    }

    private func column(_ name: String, of dataset: ShardDataset) throws(DataError) -> Column {
        let index = try ShardColumns(dataset: dataset).index(of: name)
        return Column(
            index: index, info: dataset.schema.columns[index], statistics: dataset.manifest.statistics[index])
    }

    private func text(of column: Column) -> String { ShardSummary.text(of: column.info, column.statistics) }
}
