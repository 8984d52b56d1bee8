import Images
import Shards

/// A column of shards as a source reads it.
struct ShardReading: Sendable {
    /// What becomes of stored rows.
    enum Form: Sendable {
        /// They are of one shape and stay as they are.
        case fixed
        /// They are of different lengths.
        case padded(RowFill)
        /// They are files of images.
        case image(ImageOptions)
    }

    /// The column's place in the schema.
    let column: Int

    /// What it is in the source.
    let info: ColumnInfo
    let form: Form
}
