/// Offsets in one arena for buffers that live at different times.
///
/// Buffers are placed from the largest to the smallest, each into the lowest gap that is free during its whole life. The
/// result is checked against the lower bound (the largest sum of buffers alive at one step) by the plan's report.
package struct ArenaLayout {
    package struct Request {
        package let byteCount: Int
        /// The first and last step that touch the buffer.
        package let lifetime: ClosedRange<Int>

        package init(byteCount: Int, lifetime: ClosedRange<Int>) {
            self.byteCount = byteCount
            self.lifetime = lifetime
        }
    }

    package private(set) var offsets: [Int]
    package private(set) var byteCount = 0
    /// The largest sum of bytes alive at one step: no placement can need less.
    package private(set) var lowerBound = 0

    package init(_ requests: [Request], alignment: Int = 64) {
        offsets = Array(repeating: 0, count: requests.count)
        let sizes = requests.map { ($0.byteCount + alignment - 1) / alignment * alignment }
        let order = requests.indices.sorted { (sizes[$1], $0) < (sizes[$0], $1) }
        var placed: [Int] = []
        for index in order {
            let rivals = placed.filter { requests[$0].lifetime.overlaps(requests[index].lifetime) }
                .sorted { offsets[$0] < offsets[$1] }
            var offset = 0
            for rival in rivals {
                if offset + sizes[index] <= offsets[rival] { break }
                offset = max(offset, offsets[rival] + sizes[rival])
            }
            offsets[index] = offset
            byteCount = max(byteCount, offset + sizes[index])
            placed.append(index)
        }
        let last = requests.map(\.lifetime.upperBound).max() ?? -1
        var alive = [Int](repeating: 0, count: last + 2)
        for (request, size) in zip(requests, sizes) {
            alive[request.lifetime.lowerBound] += size
            alive[request.lifetime.upperBound + 1] -= size
        }
        var sum = 0
        for change in alive {
            sum += change
            lowerBound = max(lowerBound, sum)
        }
    }
}
