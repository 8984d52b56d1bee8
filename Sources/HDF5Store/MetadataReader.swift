internal import Files

/// Reads metadata of one HDF5 file by address, for the readers of object headers and chunk indexes.
///
/// Written after the HDF5 File Format Specification 3.0. Every read is checked against the file's length, and all reads
/// together may not exceed twice the file: whatever loop a damaged file describes, it ends in an error.
final class MetadataReader {
    let bytes: FileBytes

    /// Length of the user block: addresses count from its end.
    let base: Int

    /// Bytes of an address and of a length, 1 to 8.
    let addressSize: Int
    let lengthSize: Int

    /// The dataset: for messages.
    let name: String
    private var bytesLeft: Int

    init(bytes: FileBytes, base: Int, addressSize: Int, lengthSize: Int, name: String) {
        self.bytes = bytes
        self.base = base
        self.addressSize = addressSize
        self.lengthSize = lengthSize
        self.name = name
        bytesLeft = 2 * bytes.byteCount + (1 << 16)
    }

    /// Bytes at an address of the file.
    func read(at address: Int, count: Int) throws(HDF5Error) -> [UInt8] {
        guard address >= 0, count >= 0, count <= bytes.byteCount, address <= bytes.byteCount - base - count else {
            throw damaged("truncated: its metadata lies at \(address), the file has \(bytes.byteCount) bytes")
        }
        bytesLeft -= count
        guard bytesLeft >= 0 else { throw damaged("its chunk index has a cycle") }
        var failure: FileError?
        let result = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(FileError) {
                try unsafe bytes.read(
                    at: base + address, into: UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count))
                filled = count
            } catch {
                failure = error
            }
        }
        if let failure { throw HDF5Error(failure) }
        return result
    }

    /// `count` bytes at an address and, behind them, their checksum, which is verified.
    func readVerified(at address: Int, count: Int) throws(HDF5Error) -> ByteFields {
        let content = try read(at: address, count: count + 4)
        var stored = ByteFields(content[count...])
        let expected = UInt32(stored.integer(4))
        let found = Lookup3.checksum(content[..<count])
        guard found == expected else {
            throw damaged(
                "its chunk index is damaged at offset \(base + address): expected checksum"
                    + " \(String(expected, radix: 16)), found \(String(found, radix: 16))")
        }
        return ByteFields(content[..<count])
    }

    /// As `readVerified`, for a block that starts with a signature of four letters and a version 0; both are skipped.
    func readBlock(_ signature: String, at address: Int, count: Int) throws(HDF5Error) -> ByteFields {
        var fields = try readVerified(at: address, count: count)
        guard fields.take(4).elementsEqual(signature.utf8), fields.integer(1) == 0 else {
            throw damaged("its chunk index is damaged: expected \(signature) at offset \(base + address)")
        }
        return fields
    }

    func damaged(_ message: String) -> HDF5Error { HDF5Error(.damaged, path: bytes.path, object: name, message) }
}
