import Foundation
import Glibc
import HDF5Store
import Memory
import Testing

/// Data that lie in other files than the one that is named: the library would read what lacks as fill values.
@Suite struct HDF5PartsTests {
    /// A copy of the virtual dataset and its two parts in a folder of their own.
    private final class Folder {
        let path = TemporaryDirectory.path + "/millrace-parts-\(UUID().uuidString)"

        init() throws {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            for name in ["virtual.h5", "virtual-part-0.h5", "virtual-part-1.h5"] { try copy(name, to: name) }
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func copy(_ name: String, to other: String) throws {
            try? FileManager.default.removeItem(atPath: path + "/" + other)
            try FileManager.default.copyItem(atPath: Fixtures.directory + "special/" + name, toPath: path + "/" + other)
        }

        func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path + "/" + name) }

        /// Says that a file was modified in 1970.
        func touch(_ name: String) {
            let time = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 1000, tv_nsec: 0)]
            #expect(utimensat(AT_FDCWD, path + "/" + name, time, 0) == 0)
        }

        func open() throws(HDF5Error) -> HDF5Dataset {
            try HDF5File(path: path + "/virtual.h5").dataset("x", triesFirst: true)
        }
    }

    @Test func `a virtual dataset without one of its parts is an error that names it`() throws {
        let folder = try Folder()
        #expect(try Fixtures.read(folder.open(), step: 100).count == 600)
        try folder.remove("virtual-part-1.h5")
        let missing = #expect(throws: HDF5Error.self) { try folder.open() }
        #expect(missing?.kind == .missing && missing?.object == "x")
        #expect(
            missing?.message.contains("mapping 2 of 2 needs the dataset x of the file virtual-part-1.h5") == true)
        // A file of that name that is no HDF5 file.
        _ = FileManager.default.createFile(atPath: folder.path + "/virtual-part-1.h5", contents: Data([1, 2, 3]))
        let foreign = #expect(throws: HDF5Error.self) { try folder.open() }
        #expect(foreign?.kind == .missing)
    }

    @Test func `a part that lacks the dataset, or rows of it, is an error`() throws {
        let folder = try Folder()
        try folder.copy("library-filters.h5", to: "virtual-part-0.h5")
        let lacking = #expect(throws: HDF5Error.self) { try folder.open() }
        #expect(lacking?.kind == .damaged && lacking?.message.contains("has no such dataset") == true)
        try folder.copy("virtual-part-1.h5", to: "virtual-part-0.h5")
        let short = #expect(throws: HDF5Error.self) { try folder.open() }
        #expect(short?.message.contains("needs 360 elements") == true)
        #expect(short?.message.contains("found [40, 6]") == true)
    }

    @Test func `a part that changes or goes while it is in use is noticed`() throws {
        for isRemoved in [false, true] {
            let folder = try Folder()
            let dataset = try folder.open()
            var reader = HDF5RowReader(dataset)
            let buffer = AlignedBuffer(byteCount: 24)
            try reader.read(rows: 0..<1, into: buffer.bytes)
            if isRemoved { try folder.remove("virtual-part-1.h5") } else { folder.touch("virtual-part-1.h5") }
            let error = #expect(throws: HDF5Error.self) { try reader.read(rows: 1..<2, into: buffer.bytes) }
            #expect(error?.kind == .changed && error?.path == folder.path + "/virtual-part-1.h5")
            #expect(throws: HDF5Error.self) { try dataset.identity() }
        }
    }

    @Test func `many parts are looked at once a second`() {
        let check = RareCheck()
        #expect(
            [100, 100.5, 100.999, 101, 101.5, 1000].map { check.isDue(at: $0) } == [
                true, false, false, true, false, true,
            ])
    }

    @Test func `a prefix can begin with the folder of the file`() {
        #expect(FilePrefix.expanded("${ORIGIN}/parts", of: "/data/x.h5") == "/data/parts")
        #expect(FilePrefix.expanded("${ORIGIN}", of: "data/x.h5") == "data/")
        #expect(FilePrefix.expanded("${ORIGIN}/parts", of: "x.h5") == "./parts")
        #expect(FilePrefix.expanded("/data/${ORIGIN}", of: "x.h5") == "/data/${ORIGIN}")
    }

    @Test func `an external file that is too short or not there is an error`() throws {
        let data = try TemporaryFile(try Bytes.read(Fixtures.directory + "special/external.raw"))
        let file = try TemporaryFile(Self.external(data.path))
        let dataset = try HDF5File(path: file.path).dataset("x")
        var reader = HDF5RowReader(dataset)
        let buffer = AlignedBuffer(byteCount: 24)
        try reader.read(rows: 0..<1, into: buffer.bytes)
        truncate(data.path, 2415)
        let changed = #expect(throws: HDF5Error.self) { try reader.read(rows: 0..<1, into: buffer.bytes) }
        #expect(changed?.kind == .changed && changed?.path == data.path)
        let short = #expect(throws: HDF5Error.self) { try HDF5File(path: file.path).dataset("x") }
        #expect(short?.kind == .damaged)
        #expect(short?.message.contains("truncated: expected 2400 bytes at offset 16 of the file \(data.path)") == true)
        unlink(data.path)
        let missing = #expect(throws: HDF5Error.self) { try HDF5File(path: file.path).dataset("x") }
        #expect(missing?.kind == .missing && missing?.message.contains(data.path) == true)
    }

    /// The bytes of `external.h5` with another name in place of its file's.
    static func external(_ path: String) throws -> [UInt8] {
        var bytes = try Bytes.read(Fixtures.directory + "special/external.h5")
        let placeholder = Array(String(repeating: "EXTERNAL", count: 8).utf8)
        let place = try #require(
            bytes.indices.dropLast(64).first { bytes[$0..<$0 + 64].elementsEqual(placeholder) })
        let name = Array(path.utf8)
        bytes.replaceSubrange(place..<place + 64, with: name + [UInt8](repeating: 0, count: 64 - name.count))
        return bytes
    }

    @Test func `groups of two files at one address are both listed, and the root once`() throws {
        for own in 0...1 {
            let file = try HDF5File(path: Fixtures.directory + "special/linked-groups-\(own).h5")
            #expect(try file.datasets().map(\.name) == ["/other/x", "/own/x"])
        }
    }
}
