import Glibc
import Memory
import Synchronization

/// A file of events as TensorBoard reads them: TFRecords, each of which holds an `Event`.
///
/// A record is its length (8 bytes), the length's masked CRC-32C (4), the data, and the data's masked CRC-32C (4), all
/// little-endian. The first event says which version the file has.
final class EventFile {
    let path: String
    private let file: AppendedFile
    private static let count = Atomic(0)

    /// Makes a file of a name that TensorBoard knows in a directory, which is made, too.
    ///
    convenience init(in directory: String) throws(OutputError) {
        try makeDirectories(directory)
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        // Two runs of one process may begin within a second.
        let number = Self.count.wrappingAdd(1, ordering: .relaxed).oldValue
        let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try self.init(
            path: "\(directory)/events.out.tfevents.\(Int(Self.now)).\(name).\(getpid()).\(number).v2", length: 0)
    }

    /// Opens a file to go on behind the given length.
    init(path: String, length: Int) throws(OutputError) {
        self.path = path
        file = try AppendedFile(path)
        file.goOn(behind: length)
        guard file.length == 0 else { return }
        var event = ProtobufWriter()
        event.double(1, Self.now)
        event.string(3, "brain.Event:2")
        try write(event.bytes)
    }

    /// Bytes of the file, which are on the disk.
    var durableLength: Int { get throws(OutputError) { try file.durableLength } }

    /// Adds values at a step.
    func add(_ values: [EventValue], step: Int) throws(OutputError) {
        guard !values.isEmpty else { return }
        var event = ProtobufWriter()
        event.double(1, Self.now)
        event.integer(2, step)
        event.message(5) { summary in
            for value in values { summary.message(1, value.write) }
        }
        try write(event.bytes)
    }

    /// Seconds since 1970.
    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private func write(_ data: [UInt8]) throws(OutputError) {
        func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian) { Array($0) }
        }
        let length = littleEndian(UInt64(data.count))
        try file.append(
            length + littleEndian(CRC32C.masked(length)) + data + littleEndian(CRC32C.masked(data)))
    }
}
