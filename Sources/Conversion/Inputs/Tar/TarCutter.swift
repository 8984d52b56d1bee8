internal import Codecs
internal import DataSource

/// Cuts archives between samples into pieces of a mebibyte, or of so many samples. Positions are the archive and the offset of a header.
///
/// Of plain archives only the headers are read. To go on at a position, the walk begins again at the archive's start, so
/// that keys that come twice are known; that reads headers only, or inflates what was inflated before.
final class TarCutter: PieceCutter {
    private let files: [InputFile]
    private let compressions: [Compression]
    private var number: Int
    private var first: Int
    private let mostRows: Int
    private var walk: Walk?

    init(_ files: [InputFile], _ compressions: [Compression], at position: PiecePosition?, mostRows: Int) {
        self.mostRows = mostRows
        self.files = files
        self.compressions = compressions
        number = position?[0] ?? 0
        first = position?[1] ?? 0
    }

    func next() throws(DataError) -> InputPiece? {
        while number < files.count {
            let walk: Walk
            if let begun = self.walk { walk = begun } else { walk = try Walk(files[number], compressions[number]) }
            self.walk = walk
            while let found = try walk.piece(mostSamples: mostRows) {
                guard found.range.lowerBound >= first else { continue }
                var piece = InputPiece(
                    position: [number, found.range.lowerBound], extent: [found.range.upperBound] + found.repeated,
                    rowCount: found.sampleCount, inputBytes: found.inputBytes, workingBytes: 2 * found.range.count)
                piece.content = found.content
                return piece
            }
            self.walk = nil
            number += 1
            first = 0
        }
        return nil
    }

    // The walk over one archive.
    private final class Walk {
        private let file: InputFile
        private var source: Source
        private var walker: TarWalker
        private var keys: Set<String> = []
        private var inputOffset = 0
        /// The member that begins the next piece.
        private var pending: (key: String, offset: Int, isRepeated: Bool)?
        private var isDone = false

        init(_ file: InputFile, _ compression: Compression) throws(DataError) {
            self.file = file
            source = Source(
                bytes: try SequentialBytes(file, decoder: compression.makeDecoder()), keeps: compression != .none)
            walker = TarWalker(file.path, offset: 0)
        }

        struct Found {
            var range: Range<Int>
            var content: [UInt8]
            /// Offsets of samples whose keys were there before.
            var repeated: [Int]
            var sampleCount: Int
            var inputBytes: Int
        }

        // Whole samples until they are a mebibyte, or so many; nil at the end.
        func piece(mostSamples: Int) throws(DataError) -> Found? {
            guard !isDone else { return nil }
            let start = pending?.offset ?? walker.offset
            var repeated = pending.map { $0.isRepeated ? [$0.offset] : [] } ?? []
            var key = pending?.key
            var samples = key == nil ? 0 : 1
            pending = nil
            // The content has the bytes from `start` on.
            while true {
                let before = walker.offset
                guard let entry = try walker.next(from: &source) else {
                    isDone = true
                    try finish()
                    return found(start..<before, repeated, samples)
                }
                guard entry.end <= file.byteCount || source.keeps else {
                    throw file.error(
                        "truncated: the member \(entry.path) needs \(entry.size) bytes at offset \(entry.dataOffset), the"
                            + " archive has \(file.byteCount)")
                }
                try source.pass(entry.end - entry.dataOffset, of: entry, file)
                guard let next = TarSample.split(entry.path)?.key, next != key else { continue }
                let isRepeated = !keys.insert(next).inserted
                if key != nil, entry.headerOffset - start >= pieceBytes || samples >= mostSamples {
                    pending = (next, entry.headerOffset, isRepeated)
                    return found(start..<entry.headerOffset, repeated, samples)
                }
                key = next
                samples += 1
                if isRepeated { repeated.append(entry.headerOffset) }
            }
        }

        private func found(_ range: Range<Int>, _ repeated: [Int], _ samples: Int) -> Found? {
            let input = source.bytes.inputOffset - inputOffset
            inputOffset = source.bytes.inputOffset
            let content = source.take(range.count)
            guard !range.isEmpty else { return nil }
            return Found(
                range: range, content: content, repeated: repeated, sampleCount: samples,
                inputBytes: source.keeps ? input : range.count)
        }

        private func finish() throws(DataError) {
            guard source.keeps else { return }
            // Compressed streams end with a checksum.
            while try source.bytes.skip(1 << 20) == 1 << 20 {}
        }
    }

    // The bytes of an archive; those of compressed ones are kept until their piece is cut.
    private struct Source: TarWalker.Bytes {
        let bytes: SequentialBytes
        let keeps: Bool
        private var kept: [UInt8] = []

        init(bytes: SequentialBytes, keeps: Bool) {
            self.bytes = bytes
            self.keeps = keeps
        }

        mutating func next(_ count: Int) throws(DataError) -> [UInt8] {
            let found = try bytes.next(count)
            if keeps { kept += found }
            return found
        }

        mutating func pass(_ count: Int, of entry: TarWalker.Entry, _ file: InputFile) throws(DataError) {
            let passed = try keeps ? bytes.append(count, to: &kept) : bytes.skip(count)
            guard passed == count else {
                throw file.error("truncated: the member \(entry.path) has \(passed) of \(entry.size) bytes")
            }
        }

        mutating func take(_ count: Int) -> [UInt8] {
            guard keeps else { return [] }
            defer { kept.removeFirst(count) }
            return Array(kept[..<count])
        }
    }
}
