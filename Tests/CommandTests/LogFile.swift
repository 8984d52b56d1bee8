import Foundation
import Testing

/// The lines of a `--log`.
struct LogFile {
    let lines: [[String: Any]]

    init(_ scratch: Scratch, _ name: String) throws {
        let text = String(decoding: try scratch.bytes(name), as: UTF8.self)
        #expect(text.hasSuffix("\n"))
        lines = try text.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    func events(_ event: String) -> [[String: Any]] { lines.filter { $0["event"] as? String == event } }

    var names: [String] { lines.map { $0["event"] as? String ?? "" } }
}
