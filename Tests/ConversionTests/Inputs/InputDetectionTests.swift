import Conversion
import Foundation
import Testing

@Suite struct InputDetectionTests {
    @Test(arguments: [
        ("hdf5/text-0.h5", InputKind.hdf5), ("numpy/int8.npy", .numPy), ("numpy/stored.npz", .numPy),
        ("csv/iris.csv.gz", .csv), ("csv/iris.tsv", .csv), ("idx/train-labels-idx1-ubyte.gz", .idx),
        ("tar/part-{000..001}.tar", .webDataset), ("tar/pax.tar.zst", .webDataset), ("mds/raw", .mds),
    ]) func `kinds by name`(path: String, kind: InputKind) throws {
        #expect(try InputKind.detect([Inputs.directory + path]) == kind)
    }

    @Test(arguments: [
        ("hdf5/text-0.h5", InputKind.hdf5), ("numpy/int8.npy", .numPy), ("numpy/stored.npz", .numPy),
        ("idx/train-labels-idx1-ubyte.gz", .idx), ("tar/pax.tar", .webDataset), ("tar/pax.tar.zst", .webDataset),
    ]) func `kinds by content`(path: String, kind: InputKind) throws {
        let scratch = try Scratch()
        let copy = try scratch.write(Data(contentsOf: URL(filePath: Inputs.directory + path)), to: "unnamed")
        #expect(try InputKind.detect([copy]) == kind)
    }

    @Test func `mixed and unknown files are errors`() throws {
        let mixed = #expect(throws: DataErrorAlias.self) {
            try InputKind.detect([Inputs.directory + "csv/iris.csv", Inputs.directory + "numpy/int8.npy"])
        }
        #expect(mixed?.message.contains("CSV") == true && mixed?.message.contains("NumPy") == true)
        let scratch = try Scratch()
        let path = try scratch.write([1, 2, 3], to: "unnamed")
        let unknown = #expect(throws: DataErrorAlias.self) { try InputKind.detect([path]) }
        #expect(unknown?.message.contains("Accepted are: HDF5, NumPy") == true)
        #expect(throws: DataErrorAlias.self) { try InputKind.detect([scratch.path]) }
        let folder = scratch.path + "cats"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        _ = try scratch.write([0xff, 0xd8, 0xff], to: "cats/1.jpg")
        #expect(try InputKind.detect([scratch.path]) == .imageFolder)
    }

    @Test(arguments: ["photos/cat/2020/1.jpg", "a/b/c/d/1.PNG", "cat/1.jpe", "cat/1.jfif", "1.jfif"])
    func `a folder of images is one however deep they lie, and whatever the reader takes for one`(name: String) throws {
        let scratch = try Scratch()
        let folder = scratch.path + "root"
        let parent = name.split(separator: "/").dropLast().joined(separator: "/")
        try FileManager.default.createDirectory(atPath: "\(folder)/\(parent)", withIntermediateDirectories: true)
        // A link that leads back is no reason to go on for ever.
        try FileManager.default.createSymbolicLink(atPath: "\(folder)/again", withDestinationPath: folder)
        let error = #expect(throws: DataErrorAlias.self) { try InputKind.detect([folder]) }
        #expect(error?.message.contains("images by class") == true)
        _ = try scratch.write([0xff, 0xd8, 0xff], to: "root/" + name)
        #expect(try InputKind.detect([folder]) == .imageFolder)
    }
}
