import DataSource
import Foundation
import Glibc
import Memory
import Testing

/// Many virtual files that share their parts: more than are open at once.
@Suite struct VirtualFilesTests {
    @Test func `a part that changed is noticed when its file is opened again`() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        func copy(_ name: String, to other: String) throws {
            try FileManager.default.copyItem(
                atPath: Fixtures.hdf5("special/" + name), toPath: "\(directory)/\(other).h5")
        }
        for part in 0...1 { try copy("virtual-part-\(part)", to: "virtual-part-\(part)") }
        let paths = (0..<66).map { "\(directory)/file-\($0).h5" }
        for number in paths.indices { try copy("virtual", to: "file-\(number)") }
        let source = try HDF5Source(paths: paths, x: ["x"], y: ["y"])
        #expect(source.rowCount == 6600 && source.slowColumns.count == 1)
        // The last file was closed.
        let last = source.rows(6500..<6600)
        let batches = try last.batches(of: 100, shuffle: .none)
        #expect(try take(batches).targets[0].integers[99] == 9)
        let time = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 1000, tv_nsec: 0)]
        #expect(utimensat(AT_FDCWD, directory + "/virtual-part-1.h5", time, 0) == 0)
        let error = #expect(throws: DataError.self) {
            // The first of those that are closed by now.
            _ = try take(source.rows(6400..<6500).batches(of: 100, shuffle: .none)).rowCount
        }
        #expect(error?.file?.hasSuffix("virtual-part-1.h5") == true && error?.isDamage == false)
        #expect(error?.message.contains("changed while it was in use") == true)
    }
}
