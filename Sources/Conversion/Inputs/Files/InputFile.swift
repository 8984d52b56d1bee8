internal import Codecs
internal import DataSource
internal import Files
internal import HDF5Store

/// A file of an input, and what it was when the conversion looked at it first.
struct InputFile: Sendable {
    let path: String

    /// Size and time, against which every later opening is compared.
    let stamp: FileStamp

    /// Looks at a file. Errors name it.
    init(_ path: String) throws(DataError) {
        self.path = path
        stamp = try fileErrors { () throws(FileError) in try FileBytes(path: path).stamp }
    }

    /// Bytes of the file.
    var byteCount: Int { stamp.byteCount }

    /// Path, size and time as text.
    var summary: String {
        "\(path) \(stamp.byteCount) bytes \(stamp.modifiedSeconds).\(stamp.modifiedNanoseconds)"
    }

    /// Opens the file for reading by position; fails when it is no longer the file that was looked at.
    ///
    /// Files are opened for each piece and closed behind it: an input may have more of them than a process may hold open.
    func open() throws(DataError) -> OpenFile {
        let bytes = try fileErrors { () throws(FileError) in try FileBytes(path: path) }
        guard bytes.stamp == stamp else {
            throw DataError(
                file: path,
                "the file changed while it was in use: \(stamp.change(to: bytes.stamp)); let whatever writes it finish,"
                    + " then start again")
        }
        return OpenFile(bytes)
    }

    /// The first bytes, at most `count`.
    func head(_ count: Int) throws(DataError) -> [UInt8] {
        try open().read(at: 0, count: min(count, byteCount))
    }

    /// An error about this file.
    func error(_ message: String) -> DataError { DataError(file: path, message) }
}

/// An open file, read by position from any thread.
struct OpenFile: Sendable {
    private let bytes: FileBytes

    init(_ bytes: FileBytes) { self.bytes = bytes }

    /// Fills `destination` from the bytes at `offset`; a file that ends before that is an error.
    func read(at offset: Int, into destination: UnsafeMutableRawBufferPointer) throws(DataError) {
        try fileErrors { () throws(FileError) in try bytes.read(at: offset, into: destination) }
    }

    /// The `count` bytes at `offset`; the caller has compared them with the size of the file.
    func read(at offset: Int, count: Int) throws(DataError) -> [UInt8] {
        guard offset >= 0, count >= 0, offset <= bytes.byteCount - count else {
            throw DataError(
                file: bytes.path,
                "truncated: expected \(count) bytes at offset \(offset), the file has \(bytes.byteCount)")
        }
        var failure: DataError?
        let result = [UInt8](unsafeUninitializedCapacity: count) { memory, filled in
            do throws(DataError) {
                try read(
                    at: offset,
                    into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(memory)[..<count]))
                filled = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return result
    }
}

/// Runs what reads a file's bytes, and says its errors as those of data.
private func fileErrors<Result>(_ body: () throws(FileError) -> Result) throws(DataError) -> Result {
    do throws(FileError) {
        return try body()
    } catch {
        let kind: DataError.Kind =
            switch error.kind {
            case .missing, .permission: .fileUnavailable
            case .readFailed: .readFailed
            case .damaged, .changed: .invalid
            }
        throw DataError(kind: kind, file: error.path, error.message, underlying: error)
    }
}

/// Runs what reads HDF5 files, and says its errors as those of data.
func inputErrors<Result>(_ body: () throws(HDF5Error) -> Result) throws(DataError) -> Result {
    do throws(HDF5Error) {
        return try body()
    } catch {
        let kind: DataError.Kind =
            switch error.kind {
            case .missing, .permission: .fileUnavailable
            case .readFailed, .writeFailed: .readFailed
            case .damaged, .changed, .noObject, .unsupported, .corrupt, .cannotCreate: .invalid
            }
        throw DataError(kind: kind, file: error.path, dataset: error.object, error.message, underlying: error)
    }
}
