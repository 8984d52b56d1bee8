import Conversion

extension ShardInputOptions {
    /// Refuses options that say nothing of the input that was opened: whoever gives one expects it to do something.
    func check(fits input: any RowInput, _ sources: [String]) throws {
        let kind = try InputKind.detect(sources)
        let ofCSV = [
            ("--delimiter", delimiter != nil), ("--header", header == true), ("--no-header", header == false),
            ("--type", !type.isEmpty), ("--missing", missing != nil), ("--join", join == true),
            ("--no-join", join == false),
        ]
        try refuse(ofCSV, unless: kind == .csv, of: InputKind.csv.rawValue, sources, kind)
        try refuse(
            [("--keep-keys", keepKeys)], unless: kind == .webDataset, of: InputKind.webDataset.rawValue, sources, kind)
        try refuse(
            [("--keep-pickles", keepPickles)], unless: kind == .webDataset || kind == .mds,
            of: "\(InputKind.webDataset.rawValue) and \(InputKind.mds.rawValue)", sources, kind)
        try refuse(
            [("--sample-weight", sampleWeight != nil)], unless: kind != .imageFolder, of: "files with columns", sources,
            kind)
        // A folder's images were decoded when it was opened; those of other inputs are seen by their columns.
        let isFolder = kind == .imageFolder
        try refuse(
            [("--resize", resize != nil), ("--keep-encoded", keepEncoded)],
            unless: isFolder || input is DecodedImageInput || input.columns.contains { $0.encoding == .image },
            of: "images", sources, kind)
        guard let channels else { return }
        let isDecoded = isFolder ? !input.columns.contains { $0.encoding == .image } : input is DecodedImageInput
        guard isDecoded else {
            throw CommandFailure(
                .usage,
                "--channels \(channels) says something of images that are decoded, and those of \(sources[0]) are not; "
                    + "give --resize HxW, or leave it out")
        }
    }

    private func refuse(
        _ options: [(name: String, isGiven: Bool)], unless isFitting: Bool, of what: String, _ sources: [String],
        _ kind: InputKind
    ) throws {
        guard !isFitting, let option = options.first(where: \.isGiven) else { return }
        throw CommandFailure(
            .usage,
            "\(option.name) says something of \(what) only, and \(sources[0]) is \(kind.rawValue); leave it out")
    }
}
