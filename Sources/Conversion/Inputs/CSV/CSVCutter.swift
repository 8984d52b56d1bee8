internal import DataSource

/// Cuts CSV files at ends of records into pieces of about a mebibyte. Positions are file, decoded offset and line.
final class CSVCutter: PieceCutter {
    private let files: [CSVFile]
    private let scanner: CSVScanner
    private let rowBytes: Int
    private var number: Int
    private var offset: Int
    private var line: Int
    private var stream: SequentialBytes?
    /// Bytes from `offset` on that were read.
    private var bytes: [UInt8] = []
    private var inputOffset = 0
    /// Whether all bytes of the file were read.
    private var isDrained = false

    /// - Parameter expansion: bytes of columns that a byte of text becomes at most.
    init(_ files: [CSVFile], _ scanner: CSVScanner, expansion: Int, at position: PiecePosition?) {
        self.files = files
        self.scanner = scanner
        rowBytes = expansion
        number = position?[0] ?? 0
        offset = position?[1] ?? files[0].start
        line = position?[2] ?? files[0].line
    }

    func next() throws(DataError) -> InputPiece? {
        while number < files.count {
            let file = files[number]
            let stream = try openStream(file)
            while !isDrained || !bytes.isEmpty {
                if !isDrained {
                    let wanted = bytes.count < pieceBytes ? pieceBytes - bytes.count : pieceBytes
                    isDrained = try stream.append(wanted, to: &bytes) < wanted
                }
                let end = bytes.withUnsafeBytes { bytes in
                    scanner.end(in: bytes, isDrained: isDrained, mostLines: mostPieceRows)
                }
                if end > 0 { return piece(file, end, stream) }
                if isDrained { break }
                guard bytes.count < CSVFile.mostRecordBytes else {
                    throw DataError(
                        file: file.file.path,
                        "line \(line): the record that begins here is longer than \(CSVFile.mostRecordBytes) bytes; a"
                            + " quote may not be closed")
                }
            }
            number += 1
            self.stream = nil
            isDrained = false
            if number < files.count { (offset, line) = (files[number].start, files[number].line) }
        }
        return nil
    }

    private func openStream(_ file: CSVFile) throws(DataError) -> SequentialBytes {
        if let stream { return stream }
        let opened = try file.makeStream()
        guard try opened.skip(offset) == offset else {
            throw file.file.error("truncated: it ends before offset \(offset), where rows were to be read")
        }
        stream = opened
        bytes = []
        inputOffset = 0
        return opened
    }

    private func piece(_ file: CSVFile, _ end: Int, _ stream: SequentialBytes) -> InputPiece {
        let plainBytes = stream.inputOffset - inputOffset
        inputOffset = stream.inputOffset
        var piece = InputPiece(
            position: [number, offset, line], extent: [offset + end],
            inputBytes: file.compression == .none ? end : plainBytes, workingBytes: end * (2 + rowBytes))
        let lines = bytes.withUnsafeBytes { CSVScanner.newlineCount(UnsafeRawBufferPointer(rebasing: $0[..<end])) }
        if file.compression != .none { piece.content = Array(bytes[..<end]) }
        bytes.removeFirst(end)
        offset += end
        line += lines
        return piece
    }
}
