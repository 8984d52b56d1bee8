/// Offsets in one arena for buffers that live at different times.
///
/// Buffers are placed one by one, each into the lowest gap that is free during its whole life. The order of placing
/// decides how well that goes, and no order is always best: several are tried, and the smallest arena wins. The result is
/// compared with the lower bound (the largest sum of buffers alive at one step) by the plan's report.
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

    package private(set) var offsets: [Int] = []
    package private(set) var byteCount = 0
    /// The largest sum of bytes alive at one step: no placement can need less.
    package let lowerBound: Int

    package init(_ requests: [Request], alignment: Int = 64) {
        let sizes = requests.map { ($0.byteCount + alignment - 1) / alignment * alignment }
        lowerBound = Self.largestSum(requests, sizes)
        for order in Self.orders(requests, sizes) {
            let (places, total) = Self.place(requests, sizes, in: order)
            if offsets.isEmpty || total < byteCount { (offsets, byteCount) = (places, total) }
            if byteCount == lowerBound { break }
        }
    }

    private static func largestSum(_ requests: [Request], _ sizes: [Int]) -> Int {
        let last = requests.map(\.lifetime.upperBound).max() ?? -1
        var changes = [Int](repeating: 0, count: last + 2)
        for (request, size) in zip(requests, sizes) {
            changes[request.lifetime.lowerBound] += size
            changes[request.lifetime.upperBound + 1] -= size
        }
        var (sum, largest) = (0, 0)
        for change in changes {
            sum += change
            largest = max(largest, sum)
        }
        return largest
    }

    /// Largest first; largest product of size and life first; longest life first; as they come.
    private static func orders(_ requests: [Request], _ sizes: [Int]) -> [[Int]] {
        func sorted(_ weight: (Int) -> Int) -> [Int] {
            let weights = requests.indices.map(weight)
            return requests.indices.sorted { (weights[$1], $0) < (weights[$0], $1) }
        }
        let lives = requests.map { $0.lifetime.count }
        return [
            sorted { sizes[$0] }, sorted { sizes[$0] * lives[$0] }, sorted { lives[$0] },
            sorted { -requests[$0].lifetime.lowerBound }, sorted { requests[$0].lifetime.upperBound },
        ]
    }

    private static func place(_ requests: [Request], _ sizes: [Int], in order: [Int]) -> ([Int], Int) {
        var offsets = [Int](repeating: 0, count: requests.count)
        var byteCount = 0
        // By offset, so that gaps are met from the lowest on.
        var placed: [(offset: Int, end: Int, lifetime: ClosedRange<Int>)] = []
        for index in order {
            let lifetime = requests[index].lifetime
            var offset = 0
            for rival in placed where rival.end > offset && rival.lifetime.overlaps(lifetime) {
                if offset + sizes[index] <= rival.offset { break }
                offset = rival.end
            }
            offsets[index] = offset
            byteCount = max(byteCount, offset + sizes[index])
            var (low, high) = (0, placed.count)
            while low < high {
                let middle = (low + high) / 2
                if placed[middle].offset < offset { low = middle + 1 } else { high = middle }
            }
            placed.insert((offset, offset + sizes[index], lifetime), at: low)
        }
        return (offsets, byteCount)
    }
}
