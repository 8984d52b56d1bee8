import Files
import Glibc
import HDF5Store
import Memory
import Synchronization
import Testing

/// What is read through the library: its memory, and the system's errors behind its own.
@Suite struct HDF5LibraryReadingTests {
    @Test(arguments: ["szip", "nbit", "scaleoffset"]) func `the library's chunks and its cache are counted`(
        name: String
    ) throws {
        let dataset = try HDF5File(path: Fixtures.directory + "special/library-filters.h5").dataset(name)
        #expect(dataset.chunkBytes == 384 && dataset.libraryReason != nil)
        #expect(HDF5RowReader.scratchBytes(of: dataset) >= 3 * 384 + 1 << 20)
    }

    @Test func `the parts of a virtual dataset are counted`() throws {
        let dataset = try HDF5File(path: Fixtures.directory + "special/virtual.h5").dataset("x")
        #expect(HDF5RowReader.scratchBytes(of: dataset) >= 2 << 20)
    }

    @Test func `a stored size that no filter makes takes no memory and is corrupt`() throws {
        let path = Fixtures.directory + "chunked-gzip.h5"
        let whole = try HDF5File(path: path).dataset("x")
        let stored = try #require(whole.storedRanges(of: 0..<1).first)
        // The entry of the first chunk in its index: stored bytes, filter mask, coordinates.
        var bytes = try Bytes.read(path)
        let key = [UInt8](repeating: 0, count: 4 + 24)
        let places = bytes.indices.dropLast(32).filter { place in
            let size = (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
            return size == stored.count && bytes[(place + 4)..<(place + 4 + 28)].elementsEqual(key)
        }
        try #require(places.count == 1)
        bytes[places[0] + 2] = 3
        bytes += [UInt8](repeating: 0, count: 256 << 10)
        let copy = try TemporaryFile(bytes)
        let dataset = try HDF5File(path: copy.path).dataset("x")
        #expect(dataset.libraryReason == nil)
        #expect(HDF5RowReader.scratchBytes(of: dataset) < 150 << 10)
        let error = #expect(throws: HDF5Error.self) { try Fixtures.read(dataset, step: dataset.rowCount) }
        #expect(error?.kind == .corrupt && error?.message.contains("expected at most") == true)
    }

    @Test func `a system's error behind the library is tried again, then named`() throws {
        let copy = try TemporaryFile(try Bytes.read(Fixtures.directory + "special/library-filters.h5"))
        let script = ScriptedCalls()
        var calls = script.calls
        let library = Mutex<Int32>(-1)
        let whole = open(copy.path, O_RDONLY | O_CLOEXEC)
        defer { close(whole) }
        // At the first pause the library gets its file back, at first.
        let passes = Mutex(true)
        calls.pause = { milliseconds in
            script.calls.pause(milliseconds)
            if passes.withLock({ $0 }) { _ = library.withLock { dup2(whole, $0) } }
        }
        let dataset = try HDF5File(path: copy.path, calls: calls).dataset("szip")
        // This process's memory: where nothing is mapped, reading it fails with EIO.
        let memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC)
        defer { close(memory) }
        let descriptor = try #require(libraryDescriptor(of: copy.path))
        library.withLock { $0 = descriptor }
        #expect(dup2(memory, descriptor) == descriptor)
        var reader = HDF5RowReader(dataset)
        let buffer = AlignedBuffer(byteCount: 100 * 24)
        try reader.read(rows: 0..<100, into: buffer.bytes)
        #expect(reader.counters.retries == 1 && script.pauses == [20] && dataset.file.bytes.retryCount == 1)

        passes.withLock { $0 = false }
        let other = try HDF5File(path: copy.path, calls: calls).dataset("nbit")
        #expect(dup2(memory, descriptor) == descriptor)
        var failing = HDF5RowReader(other)
        let error = #expect(throws: HDF5Error.self) { try failing.read(rows: 0..<100, into: buffer.bytes) }
        #expect(error?.kind == .readFailed && error?.message.contains("Input/output error, tried 4 times") == true)
        #expect(dup2(whole, descriptor) == descriptor)
        // The library keeps one descriptor for both only as long as the first is open.
        #expect(dataset.rowCount == 100)
    }

    /// The library's descriptor of a file; those of `FileBytes` are closed when a program is started.
    private func libraryDescriptor(of path: String) -> Int32? {
        (3..<1024).first { descriptor in
            var target = [CChar](repeating: 0, count: 4096)
            let count = readlink("/proc/self/fd/\(descriptor)", &target, 4095)
            let flags = fcntl(descriptor, F_GETFD)
            let name = String(decoding: target.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return name == path && flags >= 0 && flags & FD_CLOEXEC == 0
        }
    }
}
