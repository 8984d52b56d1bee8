import Foundation
import Testing

/// The smallest cap that the command names when it is given too little.
struct SmallestCap {
    let mebibytes: Int

    var bytes: Int { mebibytes << 20 }
    var option: [String] { ["--memory", "\(mebibytes)MiB"] }

    init(_ scratch: Scratch, _ arguments: [String]) throws {
        let refused = try scratch.run(arguments + ["--memory", "1MiB"])
        refused.expect(78)
        let found = try #require(refused.errors.firstMatch(of: /smallest cap that works is (\d+)MiB/), "\(refused)").1
        mebibytes = Int(found)!
    }

    /// Requires a run that worked, and its peak at or below the cap.
    func requireKept(_ ended: Ended, sourceLocation: SourceLocation = #_sourceLocation) throws {
        ended.expect(0, sourceLocation: sourceLocation)
        let found = try #require(
            ended.errors.firstMatch(of: /peak memory ([0-9.]+) MiB of a cap of ([0-9]+)\.0 MiB/), "\(ended.errors)",
            sourceLocation: sourceLocation)
        let peak = Double(found.1)!
        #expect(Int(found.2) == mebibytes, sourceLocation: sourceLocation)
        #expect(
            peak > 8 && peak <= Double(mebibytes), "a peak of \(peak) MiB", sourceLocation: sourceLocation)
    }
}
