internal import Codecs
internal import DataSource
internal import Memory

/// The bytes of a file, or of a range of it, from the first to the last, decompressed on the way. One thread.
final class SequentialBytes {
    private static let stepBytes = 1 << 16

    let file: InputFile
    private let open: OpenFile
    private let decoder: (any StreamDecoder)?
    private let end: Int
    private let source: AlignedBuffer
    private var window = 0..<0

    /// Bytes of the file that were read.
    private(set) var inputOffset: Int

    /// Decoded bytes that were given out.
    private(set) var offset = 0

    /// - Parameters:
    ///   - range: the stored bytes; all of the file without it.
    ///   - decoder: undoes the compression; nil for plain bytes.
    init(_ file: InputFile, range: Range<Int>? = nil, decoder: (any StreamDecoder)?) throws(DataError) {
        self.file = file
        self.decoder = decoder
        open = try file.open()
        inputOffset = range?.lowerBound ?? 0
        end = range?.upperBound ?? file.byteCount
        source = AlignedBuffer(byteCount: decoder == nil ? 0 : Self.stepBytes)
    }

    /// Fills `destination` as far as there are bytes, and returns their number: fewer only at the end.
    ///
    /// Compressed data that ends in the middle is an error.
    func read(into destination: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
        guard let decoder else {
            let count = min(destination.count, end - inputOffset)
            guard count > 0 else { return 0 }
            try open.read(at: inputOffset, into: UnsafeMutableRawBufferPointer(rebasing: destination[..<count]))
            inputOffset += count
            offset += count
            return count
        }
        var filled = 0
        while filled < destination.count {
            if window.isEmpty, inputOffset < end { try refill() }
            let step: (taken: Int, written: Int)
            do throws(CodecError) {
                step = try decoder.decode(
                    UnsafeRawBufferPointer(rebasing: source.bytes[window]),
                    into: UnsafeMutableRawBufferPointer(rebasing: destination[filled...]))
            } catch {
                throw DataError(file: file.path, "\(error), near byte \(inputOffset) of the file", underlying: error)
            }
            window = window.lowerBound + step.taken..<window.upperBound
            filled += step.written
            guard step == (0, 0) else { continue }
            // With room for what comes out, a decoder that takes nothing of what there is has come to its end.
            guard window.isEmpty else {
                throw file.error(
                    "damaged: the compressed data end before byte \(inputOffset - window.count) of the file")
            }
            guard inputOffset == end else { continue }
            guard decoder.isComplete else {
                throw file.error(
                    "truncated: the compressed data end in the middle, after \(offset + filled) decoded bytes; copy the"
                        + " file again")
            }
            break
        }
        offset += filled
        return filled
    }

    private func refill() throws(DataError) {
        let count = min(source.byteCount, end - inputOffset)
        try open.read(at: inputOffset, into: UnsafeMutableRawBufferPointer(rebasing: source.bytes[..<count]))
        inputOffset += count
        window = 0..<count
    }

    /// Appends up to `count` bytes to `bytes`, growing it by what there is and not by what is asked for; returns their
    /// number.
    func append(_ count: Int, to bytes: inout [UInt8]) throws(DataError) -> Int {
        var added = 0
        while added < count {
            let step = min(1 << 20, count - added)
            let first = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: step))
            var failure: DataError?
            let found = bytes.withUnsafeMutableBytes { memory -> Int in
                do throws(DataError) {
                    return try read(into: UnsafeMutableRawBufferPointer(rebasing: memory[first...]))
                } catch {
                    failure = error
                    return 0
                }
            }
            if let failure { throw failure }
            added += found
            if found < step {
                bytes.removeLast(step - found)
                break
            }
        }
        return added
    }

    /// The next bytes, fewer than `count` only at the end.
    func next(_ count: Int) throws(DataError) -> [UInt8] {
        var bytes: [UInt8] = []
        _ = try append(count, to: &bytes)
        return bytes
    }

    /// Passes over up to `count` bytes; returns their number. Plain bytes are not read.
    func skip(_ count: Int) throws(DataError) -> Int {
        if decoder == nil {
            let step = min(count, end - inputOffset)
            inputOffset += step
            offset += step
            return step
        }
        let scratch = AlignedBuffer(byteCount: min(count, Self.stepBytes))
        var passed = 0
        while passed < count {
            let step = min(scratch.byteCount, count - passed)
            let found = try read(into: UnsafeMutableRawBufferPointer(rebasing: scratch.bytes[..<step]))
            passed += found
            if found < step { break }
        }
        return passed
    }
}
