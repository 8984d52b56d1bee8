internal import Codecs

/// How all of a file is compressed.
enum Compression: Sendable, Equatable {
    case none, gzip, zstd

    /// By the first bytes: what a file is called says nothing of what is in it.
    init(head: [UInt8]) {
        if head.starts(with: [0x1f, 0x8b]) {
            self = .gzip
        } else if head.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) {
            self = .zstd
        } else {
            self = .none
        }
    }

    /// A decoder at the beginning of a stream; nil for plain bytes.
    func makeDecoder() -> (any StreamDecoder)? {
        switch self {
        case .none: nil
        case .gzip: GzipStream()
        case .zstd: ZstdStream()
        }
    }

    /// A name without the ending that compressors add.
    static func plainName(_ name: String) -> String {
        for ending in [".gz", ".zst", ".zstd"] where name.lowercased().hasSuffix(ending) {
            return String(name.dropLast(ending.count))
        }
        return name
    }
}
