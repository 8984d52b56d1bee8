import Conversion
import DataSource
import Foundation
import HDF5Store
import Images
import Shards
import Testing

@Suite struct SameBytesTests {
    private func options() -> ConversionOptions {
        var options = ConversionOptions()
        options.memory = .mebibytes(2048)
        return options
    }

    /// Makes copies of files or folders with other times and under another path, of the same names or not.
    private func copies(of paths: [String], in scratch: Scratch) throws -> [String] {
        try paths.enumerated().map { number, path in
            let ending = path.split(separator: "/").last?.split(separator: ".").dropFirst().joined(separator: ".") ?? ""
            let copy = scratch.path + "copy-\(number)" + (ending.isEmpty ? "" : "." + ending)
            // With a slash at its end a folder would be copied without what is in it.
            let original = path.hasSuffix("/") ? String(path.dropLast()) : path
            try FileManager.default.copyItem(atPath: original, toPath: copy)
            let below = try? FileManager.default.subpathsOfDirectory(atPath: copy)
            for file in [copy] + (below ?? []).map({ "\(copy)/\($0)" }) {
                let time = Date(timeIntervalSince1970: 1_000_000_000)
                try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: file)
            }
            return copy
        }
    }

    private func convert(_ paths: [String], to path: String, resumes: Bool = false) throws -> Converter.Summary {
        var options = options()
        options.source = paths.joined(separator: " ")
        options.resumes = resumes
        return try Converter(
            makeRowInput(paths: paths, options: RowInputOptions(), images: ImageOptions()), to: path, options: options
        ).run()
    }

    private func check(_ paths: [String]) throws {
        let scratch = try Scratch()
        let (first, second) = (scratch.path + "a", scratch.path + "b")
        _ = try convert(paths, to: first)
        let elsewhere = try copies(of: paths, in: scratch)
        _ = try convert(elsewhere, to: second)
        let differences = try TemporaryDirectory.differences(second, TemporaryDirectory.files(first))
        #expect(differences.isEmpty, "\(paths): \(differences)")
        // The copy's dataset is its own.
        #expect(try convert(elsewhere, to: second, resumes: true).wasComplete)
    }

    @Test(arguments: ["csv/iris.csv", "tar/pax.tar", "mds/raw"])
    func `files elsewhere and of another time give the same bytes`(name: String) throws {
        try check([Inputs.directory + name])
    }

    @Test func `so do folders of images`() throws {
        let folder = ImageFolder([
            ("cat/1.png", "rgb.png"), ("cat/old/2.png", "rgb.png"), ("dog/1.jpg", "rgb-420.jpg"),
        ])
        try withExtendedLifetime(folder) {
            try check([folder.path])
            try check([folder.path + "/"])
        }
    }

    @Test func `another input of the same kind is not taken for the one that was converted`() throws {
        let scratch = try Scratch()
        let path = try scratch.write("a,b\n1,2\n".utf8, to: "t.csv")
        _ = try convert([path], to: scratch.path + "d")
        _ = try scratch.write("a,b\n1,2\n3,4\n".utf8, to: "t.csv")
        let error = #expect(throws: ConversionError.self) {
            _ = try convert([path], to: scratch.path + "d", resumes: true)
        }
        #expect(error?.kind == .invalid)
    }

    /// Converts, changes the input without changing its size, and expects a refusal.
    private func checkRefused(_ path: String, _ change: () throws -> Void) throws {
        let scratch = try Scratch()
        _ = try convert([path], to: scratch.path + "d")
        #expect(try convert([path], to: scratch.path + "d", resumes: true).wasComplete)
        try change()
        let error = #expect(throws: ConversionError.self) {
            _ = try convert([path], to: scratch.path + "d", resumes: true)
        }
        #expect(error?.kind == .invalid && error?.message.contains("another conversion") == true)
    }

    @Test func `neither is one of the same size`() throws {
        let scratch = try Scratch()
        let table = try scratch.write("a,b\n1,2\n".utf8, to: "t.csv")
        try checkRefused(table) { _ = try scratch.write("a,b\n1,3\n".utf8, to: "t.csv") }
        let archive = try scratch.write(TarFile.member("a.txt", [97]) + TarFile.end, to: "t.tar")
        try checkRefused(archive) { _ = try scratch.write(TarFile.member("a.txt", [98]) + TarFile.end, to: "t.tar") }
        let folder = ImageFolder([("cat/1.png", "rgb.png")])
        var image = ImageFolder.fixture("rgb.png")
        try checkRefused(folder.path) {
            image[4000] ^= 1
            folder.write(image, to: "cat/1.png")
        }
    }

    @Test func `nor one of numbers, or of text, in HDF5`() throws {
        let scratch = try Scratch()
        let path = scratch.path + "t.h5"
        func write(_ first: Float) throws {
            let writer = try HDF5FileWriter(path: path)
            try writer.writeFloats("x", shape: [4, 1], [first, 1, 2, 3])
            try writer.commit()
        }
        try write(0)
        try checkRefused(path) { try write(9) }
        var text = Array(try Data(contentsOf: URL(filePath: Inputs.directory + "hdf5/text-0.h5")))
        let words = try scratch.write(text, to: "words.h5")
        try checkRefused(words) {
            let place = try #require(text.indices.dropLast(5).first { text[$0..<$0 + 5].elementsEqual("long ".utf8) })
            text[place] = 0x4c
            _ = try scratch.write(text, to: "words.h5")
        }
    }

    @Test func `large files are sampled from their first byte to their last`() throws {
        let scratch = try Scratch()
        var header = "{'descr': '|u1', 'fortran_order': False, 'shape': (6000000,), }"
        header += String(repeating: " ", count: 117 - header.utf8.count) + "\n"
        var bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(header.utf8)
        bytes += [UInt8](repeating: 7, count: 6_000_000)
        var found: Set<String> = []
        for place in [nil, 128, bytes.count / 15 * 7 + 1000, bytes.count - 1] {
            if let place { bytes[place] = 8 }
            found.insert(try makeRowInput(paths: [scratch.write(bytes, to: "t.npy")]).contents)
            if let place { bytes[place] = 7 }
        }
        #expect(found.count == 4)
    }
}
