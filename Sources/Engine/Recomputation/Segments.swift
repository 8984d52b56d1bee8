/// The forward half of a step cut into segments: what crosses a cut is kept, what lies between is computed again
/// segment by segment, the last one first (Chen et al., 2016). The last segment is kept: its gradients follow at once.
struct Segments {
    private let step: StepGraph
    /// The forward nodes that count, in order; a place is an index of them.
    private let nodes: [Int]
    private var placeOf: [Int: Int] = [:]
    /// The place of the last forward reader of each value.
    private var lastPlace: [Int: Int] = [:]
    /// Bytes that cross a cut in front of each place.
    private var crossing: [Int]
    /// Bytes in front of each place that the second half reads.
    private var before: [Int]
    /// Where a cut parts no cheap operation from what it follows: activations stay with their products.
    private var possible: [Int] = []

    init(_ step: StepGraph) {
        self.step = step
        let graph = step.graph
        let readAgain = step.readAgain
        nodes = step.live.filter { $0 < step.forwardCount }
        crossing = Array(repeating: 0, count: nodes.count + 1)
        before = [0]
        for (place, index) in nodes.enumerated() {
            let node = graph.nodes[index]
            for output in node.outputs { placeOf[output] = place }
            for input in node.inputs { lastPlace[input] = place }
            if place > 0, !node.isCheap, node.outputs.contains(where: { !step.isOutside($0) }) {
                possible.append(place)
            }
            before.append(before[place] + node.outputs.filter(readAgain.contains).reduce(0) { $0 + step.byteCount($1) })
        }
        // A view holds the memory that it looks at.
        for index in nodes.reversed() where graph.nodes[index].isView {
            let (view, source) = (graph.nodes[index].outputs[0], graph.nodes[index].inputs[0])
            if let last = lastPlace[view] { lastPlace[source] = max(lastPlace[source] ?? last, last) }
        }
        for (value, place) in placeOf {
            guard let last = lastPlace[value], !step.isOutside(value), !step.producer(of: value).isView else {
                continue
            }
            crossing[place + 1] += step.byteCount(value)
            crossing[last + 1] -= step.byteCount(value)
        }
        for place in nodes.indices { crossing[place + 1] += crossing[place] }
    }

    /// Choices of what is computed again: segments of about the same bytes, and such that get smaller towards the end,
    /// where more is kept beside them.
    var choices: [Set<Int>] {
        var cuts = Self.counts.map { self.cuts(count: $0) }
        var (low, high) = (0, before[nodes.count])
        while high - low > max(1, before[nodes.count] / 256) {
            let middle = (low + high) / 2
            if self.cuts(budget: middle) == nil { low = middle } else { high = middle }
        }
        cuts += [high, high + high / 8, high + high / 3].map { self.cuts(budget: $0) ?? [] }
        var known: Set<Set<Int>> = []
        return cuts.compactMap(repeats).filter { known.insert($0).inserted }
    }

    private static let counts = [2, 3, 4, 6, 8, 12, 16, 24]

    /// The values that are computed again with the given cuts; nil without cuts.
    private func repeats(_ cuts: [Int]) -> Set<Int>? {
        guard let last = cuts.last else { return nil }
        let results = step.results
        return Set(
            placeOf.compactMap { value, place in
                guard place < last, !step.isOutside(value), !results.contains(value),
                    !step.producer(of: value).alwaysKept.contains(value)
                else { return nil }
                let end = lastPlace[value] ?? place
                return cuts.contains { place < $0 && $0 <= end } ? nil : value
            })
    }

    /// For each border the cut near it that fewest bytes cross.
    private func cuts(count: Int) -> [Int] {
        let total = before[nodes.count]
        let reach = total / (2 * count)
        var cuts: [Int] = []
        for border in 1..<count {
            let wanted = total / count * border
            let near = possible.filter { abs(before[$0] - wanted) <= reach && $0 > cuts.last ?? 0 }
            let best = near.min { (crossing[$0], abs(before[$0] - wanted)) < (crossing[$1], abs(before[$1] - wanted)) }
            if let best { cuts.append(best) }
        }
        return cuts
    }

    /// Cuts so that no segment together with what is kept in front of it has more bytes; nil where there are none.
    private func cuts(budget: Int) -> [Int]? {
        var (cuts, begin, kept) = ([Int](), 0, 0)
        while before[nodes.count] - before[begin] > budget - kept {
            let limit = before[begin] + budget - kept
            let within = possible.filter { $0 > begin && before[$0] <= limit && before[$0] > before[begin] }
            guard let furthest = within.last else { return nil }
            // A little earlier fewer bytes may cross.
            let near = within.filter { before[$0] >= limit - (budget - kept) / 4 }
            let cut = near.min { (crossing[$0], -$0) < (crossing[$1], -$1) } ?? furthest
            kept += bytes(madeIn: begin..<cut, crossing: cut)
            cuts.append(cut)
            begin = cut
        }
        return cuts
    }

    private func bytes(madeIn places: Range<Int>, crossing cut: Int) -> Int {
        places.reduce(0) { sum, place in
            step.graph.nodes[nodes[place]].outputs.reduce(sum) { sum, value in
                let isOwn = !step.isOutside(value) && !step.producer(of: value).isView
                return sum + (isOwn && lastPlace[value] ?? 0 >= cut ? step.byteCount(value) : 0)
            }
        }
    }
}
