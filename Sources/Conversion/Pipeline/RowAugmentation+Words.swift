internal import Augmentation
package import DataSource
internal import Memory
package import Shards

extension RowAugmentation {
    /// The augmentation that a user's words ask for, of the rows of an input.
    ///
    /// It changes the column `x`, else the only column of `uint8` or `float32` arrays; the others stay as they are.
    /// `valueRange` says what values can be: 0...255 for bytes and 0...1 for floats unless it is given. Row r of pass p is
    /// changed by the random numbers of (seed, p, r), whoever does it.
    package init(
        _ words: [String], seed: UInt64, valueRange: ClosedRange<Float>? = nil, of columns: [ShardColumn]
    ) throws(DataError) {
        let target = try Self.target(in: columns)
        let augmenter: Augmenter
        do throws(AugmentationError) {
            augmenter = try Augmenter(
                try AugmentationSpec(parsing: words), rowShape: columns[target].rowShape, type: columns[target].type,
                valueRange: valueRange, seed: seed)
        } catch {
            throw DataError(kind: .usage, dataset: columns[target].name, error.description)
        }
        var changed = columns
        changed[target].rowShape = augmenter.outputShape
        let specification = Self.specification(words, valueRange: valueRange)
        self.init(specification: specification, seed: seed, columns: changed) { rows, chunk, pass, firstRow, output in
            let scratch = GrowableBytes()
            for (index, row) in rows.enumerated() {
                for column in columns.indices {
                    guard column == target else {
                        output.append(chunk[row, column], column: column)
                        continue
                    }
                    augmenter.apply(
                        chunk[row, column], epoch: pass, sample: firstRow + index,
                        into: output.extend(column: column, by: augmenter.outputBytes), scratch: scratch)
                }
                output.endRow()
            }
        }
    }

    /// How a manifest says what was asked for.
    package static func specification(_ words: [String], valueRange: ClosedRange<Float>?) -> [String] {
        words + (valueRange.map { ["range=\($0.lowerBound):\($0.upperBound)"] } ?? [])
    }

    private static func target(in columns: [ShardColumn]) throws(DataError) -> Int {
        if let images = columns.first(where: { $0.encoding == .image }) {
            throw DataError(
                kind: .usage, dataset: images.name, "encoded images cannot be augmented; decode them with --resize HxW")
        }
        let candidates = columns.indices.filter { index in
            let column = columns[index]
            return !column.isRagged && column.rowShape.rank > 0 && (column.type == .uint8 || column.type == .float32)
        }
        if let x = candidates.first(where: { columns[$0].name == "x" }) { return x }
        guard candidates.count == 1 else {
            let names = columns.map { "\($0.name) (\($0.isBytes ? "bytes" : $0.type.rawValue) \($0.rowShape))" }
            throw DataError(
                kind: .usage,
                "expected a column x, or a single one, of uint8 or float32 arrays to augment, found "
                    + names.joined(separator: ", ") + "; choose it with --x")
        }
        return candidates[0]
    }
}
