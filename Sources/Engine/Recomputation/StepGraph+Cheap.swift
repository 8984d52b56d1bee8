extension StepGraph {
    /// The most operations between values that are kept and one that is computed again as a matter of course.
    private static let longestChain = 8

    /// Values that cheap operations make from what is kept anyway: activations behind a normalization, dropout, copies.
    ///
    /// An activation that is computed by the product in front of it is none of them: the product's bare result is not
    /// kept, and would have to be.
    var cheapRepeats: Set<Int> {
        let (results, readAgain) = (results, readAgain)
        var lengths: [Int: Int] = [:]
        for index in live where index < forwardCount {
            let node = graph.nodes[index]
            guard node.isCheap, !node.outputs.contains(where: results.contains) else { continue }
            var length = node.isView ? 0 : 1
            for input in node.inputs where !isOutside(input) {
                if let known = lengths[input] {
                    length += known
                } else if !readAgain.contains(input) && !producer(of: input).alwaysKept.contains(input) {
                    length = .max
                    break
                }
            }
            guard length <= Self.longestChain else { continue }
            for output in node.outputs where !node.alwaysKept.contains(output) { lengths[output] = length }
        }
        return Set(lengths.keys)
    }
}
