internal import Codecs
internal import HDF5Store
internal import JSONText
internal import Memory
internal import Shards

/// The file that an export writes: a dataset a column, and what the manifest says of them as attributes.
///
/// Attributes of the file: `source`, where the rows came from; `identity`, the hash of the dataset of shards; `rows`,
/// the first row and the one behind the last, where not all were chosen. Of a dataset: `class_names`, the names of its
/// classes by number (as JSON in `class_names_json` when there are too many for an attribute of several texts);
/// `encoding` of text and images; `element_shape` of lists whose items are arrays, which lie flat in their list.
final class ExportFile {
    private enum Output {
        case chunks(HDF5ChunkWriter)
        case lists(HDF5ListWriter)
    }

    private let writer: HDF5FileWriter
    private let columns: [ExportColumn]
    private var outputs: [Output] = []

    init(
        _ path: String, _ dataset: ShardDataset, _ columns: [ExportColumn], rows: Range<Int>, level: Int?
    ) throws(HDF5Error) {
        self.columns = columns
        writer = try HDF5FileWriter(path: path, metadataBytes: ExportMemory.metadataBytes)
        let manifest = dataset.manifest
        if !manifest.source.isEmpty { try writer.setAttribute("source", of: "/", manifest.source) }
        try writer.setAttribute("identity", of: "/", dataset.identity.hexadecimal)
        if rows != 0..<dataset.rowCount {
            try writer.setAttribute("rows", of: "/", [rows.lowerBound, rows.upperBound])
        }
        for column in columns {
            let name = column.info.name
            if let element = column.list {
                outputs.append(.lists(try writer.lists(name, element)))
                let extents = column.info.rowShape.dimensions
                if !extents.isEmpty { try writer.setAttribute("element_shape", of: name, extents) }
            } else {
                outputs.append(
                    .chunks(
                        try writer.chunks(
                            name, type: column.info.type, rowShape: column.info.rowShape, chunkRows: column.chunkRows,
                            level: level)))
            }
            if let encoding = column.info.encoding {
                try writer.setAttribute("encoding", of: name, encoding.rawValue)
            }
            if let classes = manifest.classNames, classes.column == name, !classes.names.isEmpty {
                try write(classes.names, of: name)
            }
        }
    }

    private func write(_ names: [String], of column: String) throws(HDF5Error) {
        guard names.count > HDF5Writer.mostAttributeTexts else {
            return try writer.setAttribute("class_names", of: column, names)
        }
        let text = JSONValue.array(names.map { .string($0) }).text()
        try writer.setAttribute("class_names_json", of: column, text)
    }

    /// Writes a piece behind those of its column before.
    func write(_ piece: ExportPiece, _ found: ExportedPiece) throws(HDF5Error) {
        switch outputs[piece.place] {
        case .lists(let writer):
            try writer.append(found.bytes.bytes, ends: found.ends)
        case .chunks(let writer):
            var rows = piece.rows.count
            var start = 0
            for end in found.ends {
                let count = min(rows, writer.chunkRows)
                try writer.append(UnsafeRawBufferPointer(rebasing: found.bytes.bytes[start..<end]), rows: count)
                rows -= count
                start = end
            }
        }
    }

    /// Ends the datasets, and gives the file its name.
    func commit() throws(HDF5Error) {
        for output in outputs {
            switch output {
            case .chunks(let writer): writer.finish()
            case .lists(let writer): try writer.finish()
            }
        }
        try writer.commit()
    }
}
