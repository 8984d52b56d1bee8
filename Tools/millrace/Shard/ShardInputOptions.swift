import ArgumentParser
import Conversion
import Images

/// How the files of a conversion are read.
struct ShardInputOptions: ParsableArguments {
    @Option(
        name: .customLong("x"),
        help: ArgumentHelp(
            "A column to keep as an input, or new=column; repeat for several (default: all).", valueName: "name"))
    var x: [String] = []

    @Option(
        name: .customLong("y"),
        help: ArgumentHelp("A target column, likewise; of CSV files the label column.", valueName: "name"))
    var y: [String] = []

    @Option(name: .long, help: ArgumentHelp("A column of per-sample weights.", valueName: "name"))
    var sampleWeight: String?

    @Option(name: .long, help: ArgumentHelp("Decode images to this size.", valueName: "HxW"))
    var resize: ImageSize?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How images of another shape get there: stretch (default), crop (the middle) or pad.", valueName: "mode"))
    var resizeMode: ResizeMode?

    @Option(name: .long, help: ArgumentHelp("Channels of decoded images: 1, 3 (default) or 4.", valueName: "n"))
    var channels: Int?

    @Flag(name: .long, help: "Let the JPEG decoder shrink large images first: faster, pixels differ by a few levels.")
    var fastDecode = false

    @Flag(name: .long, help: "Keep images as JPEG and PNG; workers decode them while training.")
    var keepEncoded = false

    @Option(
        name: .long,
        help: ArgumentHelp("CSV: what separates fields (default: found out); tab for a tabulator.", valueName: "char"))
    var delimiter: String?

    @Flag(
        name: .long, inversion: .prefixedNo, help: "CSV: whether the first line names the columns (default: found out)."
    )
    var header: Bool?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "CSV: a column's type: a numeric type, text or classes; repeat for several.", valueName: "name:type"))
    var type: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "CSV: what missing numbers become: nan (default), fail, skip (the row) or a number.", valueName: "policy"))
    var missing: String?

    @Flag(
        name: .long, inversion: .prefixedNo,
        help: "CSV: whether number columns become one column x (default: when all are numbers and a label is named).")
    var join: Bool?

    @Flag(name: .long, help: "WebDataset: keep the samples' keys as the text column __key__.")
    var keepKeys = false

    @Flag(name: .long, help: "WebDataset and MDS: keep pickles, which only Python can read, as bytes.")
    var keepPickles = false

    func validate() throws {
        if let channels, PixelChannels(rawValue: channels) == nil {
            throw ValidationError("--channels is \(channels), expected 1, 3 or 4")
        }
        guard !(keepEncoded && resize != nil) else {
            throw ValidationError("--keep-encoded and --resize exclude each other: resize while training")
        }
        for (name, isGiven) in [("--resize-mode", resizeMode != nil), ("--fast-decode", fastDecode)]
        where isGiven && resize == nil {
            throw ValidationError("\(name) says something of --resize only")
        }
        guard !(keepEncoded && channels != nil) else {
            throw ValidationError("--keep-encoded and --channels exclude each other: images are decoded while training")
        }
        if let delimiter, delimiter != "tab", delimiter.utf8.count != 1 {
            throw ValidationError("--delimiter is \"\(delimiter)\", expected one character, or tab")
        }
        _ = try csv()
    }

    /// The input of a conversion.
    func open(_ sources: [String]) throws -> any RowInput {
        var options = RowInputOptions()
        options.x = x
        options.y = y
        options.sampleWeight = sampleWeight
        options.csv = try csv()
        options.keepsKeys = keepKeys
        options.keepsPickles = keepPickles
        var images = ImageOptions()
        images.size = resize
        images.resizeMode = resizeMode ?? .stretch
        images.channels = PixelChannels(rawValue: channels ?? 3) ?? .rgb
        images.reducesWhileDecoding = fastDecode
        images.keepsEncoded = keepEncoded
        return try makeRowInput(paths: sources, options: options, images: images)
    }

    private func csv() throws -> CSVOptions {
        var csv = CSVOptions()
        csv.delimiter = delimiter.map { $0 == "tab" ? UInt8(ascii: "\t") : $0.utf8.first ?? 0 }
        csv.hasHeader = header
        csv.joinsFeatures = join
        switch missing ?? "nan" {
        case "nan": csv.missing = .nan
        case "fail": csv.missing = .fail
        case "skip": csv.missing = .skip
        default:
            guard let value = Double(missing ?? "") else {
                throw ValidationError("--missing is \(missing ?? ""), expected nan, fail, skip or a number")
            }
            csv.missing = .value(value)
        }
        for text in type {
            guard let colon = text.lastIndex(of: ":"),
                let type = CSVOptions.ColumnType(name: String(text[text.index(after: colon)...]))
            else {
                throw ValidationError("--type is \(text), expected NAME:TYPE with a numeric type, text or classes")
            }
            csv.types[String(text[..<colon])] = type
        }
        return csv
    }
}
