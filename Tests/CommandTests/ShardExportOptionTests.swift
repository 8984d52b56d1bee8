import Foundation
import HDF5Store
import Testing

/// `shard export --text-as-bytes`.
@Suite struct ShardExportOptionTests {
    @Test func `text is written as lists of bytes on request`() throws {
        let scratch = try Scratch()
        try scratch.write("rows.csv", "name,value\nabc,1\n\"d e\",2\n,3\n")
        try scratch.millrace("shard", "convert", "rows.csv", "--out", "rows", "--quiet").expect(0)
        for (option, kind) in [([], "string of variable length"), (["--text-as-bytes"], "list of variable length")] {
            try scratch.run(["shard", "export", "rows", "--out", "out.h5", "--force"] + option).expect(0)
            let listing = try scratch.millrace("inspect", "out.h5").output
            #expect(listing.contains("/name (3,) \(kind)"), "\(listing)")
            #expect(listing.contains("/value (3,) int64"), "\(listing)")
        }
    }
}
