/// A value of a summary, with the metadata by which TensorBoard's plugins find theirs.
///
/// Fields are those of `tensorflow/core/framework/summary.proto` and `tensor.proto`.
struct EventValue {
    private enum DataClass: Int {
        case none = 0
        case scalar = 1
        case tensor = 2
    }

    private enum DataType: Int {
        case float = 1
        case double = 2
        case string = 7
    }

    private let tag: String
    private let plugin: String
    private let content: String
    private let dataClass: DataClass
    private let type: DataType
    private let extents: [Int]
    private let data: (inout ProtobufWriter) -> Void

    private init(
        _ tag: String, plugin: String, content: String = "", _ dataClass: DataClass, _ type: DataType,
        extents: [Int] = [], data: @escaping (inout ProtobufWriter) -> Void
    ) {
        self.tag = tag
        self.plugin = plugin
        self.content = content
        self.dataClass = dataClass
        self.type = type
        self.extents = extents
        self.data = data
    }

    /// A number.
    static func scalar(_ tag: String, _ value: Double) -> EventValue {
        EventValue(tag, plugin: "scalars", .scalar, .float) { tensor in
            tensor.bytes(5, withUnsafeBytes(of: Float(value).bitPattern.littleEndian) { Array($0) })
        }
    }

    /// Counts in buckets: rows of left edge, right edge and count.
    static func histogram(_ tag: String, _ buckets: [(left: Double, right: Double, count: Double)]) -> EventValue {
        EventValue(tag, plugin: "histograms", .tensor, .double, extents: [buckets.count, 3]) { tensor in
            var bytes: [UInt8] = []
            for bucket in buckets {
                for number in [bucket.left, bucket.right, bucket.count] {
                    withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
                }
            }
            tensor.bytes(4, bytes)
        }
    }

    /// Text in Markdown.
    static func text(_ tag: String, _ text: String) -> EventValue {
        EventValue(tag, plugin: "text", .tensor, .string) { $0.string(8, text) }
    }

    /// A model's configuration in Keras's JSON, which the graph plugin draws.
    static func graph(_ tag: String, json: String) -> EventValue {
        EventValue(tag, plugin: "graph_keras_model", content: "1", .none, .string) { $0.string(8, json) }
    }

    /// Writes a `Summary.Value`.
    func write(_ value: inout ProtobufWriter) {
        value.string(1, tag)
        value.message(9) { metadata in
            metadata.message(1) { plugin in
                plugin.string(1, self.plugin)
                plugin.string(2, content)
            }
            if dataClass != .none { metadata.integer(4, dataClass.rawValue) }
        }
        value.message(8) { tensor in
            tensor.integer(1, type.rawValue)
            tensor.message(2) { shape in
                for extent in extents { shape.message(2) { $0.integer(1, extent) } }
            }
            data(&tensor)
        }
    }
}
