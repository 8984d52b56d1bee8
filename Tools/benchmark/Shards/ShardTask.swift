/// What the shards' benchmark measures in a table of its own.
struct ShardTask {
    /// A process of its own that does the task.
    struct Case {
        let name: String

        /// Whether the best of these is what ours is compared with. The others are there as information.
        let isCompared: Bool

        var isOurs: Bool { name == ShardTask.ours }
    }

    static let ours = "millrace"

    /// The name by which tasks are chosen.
    let name: String
    let title: String

    /// What a process is asked to do, ours or a peer's.
    let arguments: [String]
    let cases: [Case]

    private init(_ name: String, _ title: String, _ arguments: [String], compared: [String], others: [String] = []) {
        self.name = name
        self.title = title
        self.arguments = arguments
        cases =
            [Case(name: Self.ours, isCompared: false)] + compared.map { Case(name: $0, isCompared: true) }
            + others.map { Case(name: $0, isCompared: false) }
    }

    /// In this order: conversions make what the others read.
    static let all = [
        ShardTask(
            "photos", "a folder of JPEG files, kept encoded, to shards", ["--task", "convert", "--kind", "photos"],
            compared: ["mosaicml", "litdata"]),
        // The others' ways are not parallel, and their files are needed below.
        ShardTask(
            "images", "an HDF5 file of gzipped images to shards", ["--task", "convert", "--kind", "images"],
            compared: ["mosaicml", "litdata"], others: ["webdataset", "grain", "tensorflow"]),
        ShardTask(
            "epoch", "a shuffled epoch of images sorted by class", ["--task", "epoch"],
            compared: ["mosaicml", "litdata", "webdataset", "grain", "tensorflow"]),
        ShardTask(
            "single", "single rows at random places", ["--task", "single"], compared: ["arrayrecord-64"],
            others: ["arrayrecord-1", "mosaicml"]),
    ]
}
