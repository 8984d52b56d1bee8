import ArgumentParser
import DataSource

/// `--pad` and `--resize`: what rows of different sizes in shards become.
struct RowOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Pad or cut a column's rows to one length, e.g. tokens=128, tokens=128,padding=pre,truncating=pre,value=1 or "
                + "tokens=longest (of each batch); repeat for several.", valueName: "name=length"))
    var pad: [PadOption] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The size to which encoded images are decoded, e.g. 224x224 or photo=224x224x3 (default: what the model's "
                + "input takes); repeat for several.", valueName: "[name=]hxw"))
    var resize: [ResizeOption] = []

    func validate() throws {
        var names: Set<String> = []
        for option in pad where !names.insert(option.column).inserted {
            throw ValidationError("--pad \(option.column): the column has a length already")
        }
        names = []
        for option in resize where !names.insert(option.column ?? "").inserted {
            throw ValidationError("--resize: \(option.column ?? "all other columns"): given twice")
        }
    }

    func apply(to names: inout ColumnNames) {
        for option in pad { names.padding[option.column] = option.padding }
        for option in resize {
            if let column = option.column {
                names.images[column] = option.shape
            } else {
                names.imageSize = option.shape
            }
        }
    }
}

/// `tokens=128`.
struct PadOption: ExpressibleByArgument {
    let column: String
    let padding: RowPadding

    init?(argument: String) {
        // Names may contain equals signs, and so does what follows the first comma.
        let head = argument.prefix { $0 != "," }
        guard let equals = head.lastIndex(of: "="), equals > argument.startIndex,
            let padding = RowPadding(parsing: String(argument[argument.index(after: equals)...]))
        else { return nil }
        column = String(argument[..<equals])
        self.padding = padding
    }
}

/// `224x224` or `photo=224x224`.
struct ResizeOption: ExpressibleByArgument {
    let column: String?
    let shape: ImageShape

    init?(argument: String) {
        let equals = argument.lastIndex(of: "=")
        let size = equals.map { String(argument[argument.index(after: $0)...]) } ?? argument
        guard equals != argument.startIndex, let shape = ImageShape(parsing: size) else { return nil }
        column = equals.map { String(argument[..<$0]) }
        self.shape = shape
    }
}
