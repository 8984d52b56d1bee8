import Memory

/// An equation of `EinsumDense`, such as `abc,cd->abd` or `...x,xy->...y`, for inputs of one shape.
///
/// Each letter is an axis. The first axis of input and output is the batch.
struct EinsumEquation {
    /// Axes of the input, the kernel and the output. Axes behind an ellipsis have numbers below 0.
    let input: [Int]
    let kernel: [Int]
    let output: [Int]
    /// The extents of all axes but the batch.
    let extents: [Int: Int]
    /// The axes of the bias: those of the output from the first biased one on.
    let bias: [(axis: Int, extent: Int)]

    /// What is wrong with an equation, or with an input.
    struct Problem: Error {
        let reason: String
    }

    private struct Side {
        var letters: [Int] = []
        /// Where an ellipsis stands among the letters.
        var ellipsis: Int?

        init?(_ text: Substring) {
            var rest = text
            while let first = rest.first {
                if rest.hasPrefix("...") {
                    guard ellipsis == nil else { return nil }
                    ellipsis = letters.count
                    rest = rest.dropFirst(3)
                } else {
                    guard let code = first.asciiValue, first.isLetter else { return nil }
                    letters.append(Int(code))
                    rest = rest.dropFirst()
                }
            }
            guard !letters.isEmpty, Set(letters).count == letters.count else { return nil }
        }

        /// The letters with the given axes in place of the ellipsis.
        func expanded(_ axes: [Int]) -> [Int] {
            ellipsis.map { Array(letters[..<$0]) + axes + Array(letters[$0...]) } ?? letters
        }
    }

    /// - Parameters:
    ///   - sample: the shape of an input without the batch axis.
    ///   - outputShape: the extents of the output that the equation names, without the batch; nil to be found.
    ///   - biasAxes: letters of the output.
    init(_ text: String, sample: Shape, outputShape: [Int?], biasAxes: String?) throws(Problem) {
        let sides = text.split(separator: "->", omittingEmptySubsequences: false)
        let factors = sides[0].split(separator: ",", omittingEmptySubsequences: false)
        guard sides.count == 2, factors.count == 2, let left = Side(factors[0]), let right = Side(factors[1]),
            let result = Side(sides[1]), right.ellipsis == nil, Self.matches(left, result)
        else {
            throw Problem(
                reason: "equation is \"\(text)\", expected the form ab,bc->ac, ...ab,bc->...ac or ab...,bc->ac... "
                    + "with each letter once in each part")
        }
        let elided = sample.rank + 1 - left.letters.count
        guard elided >= (left.ellipsis == 0 ? 1 : 0), left.ellipsis != nil || elided == 0 else {
            throw Problem(
                reason:
                    "the input has shape \(sample) behind the batch axis, which does not fit the equation \"\(text)\"")
        }
        let hidden = (0..<elided).map { -1 - $0 }
        (input, kernel, output) = (left.expanded(hidden), right.letters, result.expanded(hidden))
        guard output.first == input.first, !kernel.contains(input[0]) else {
            throw Problem(
                reason: "equation is \"\(text)\", whose first axis of input and output must be the batch, which the "
                    + "kernel has not")
        }
        extents = try Self.extents(input, output, result, sample, outputShape, text)
        for axis in kernel where extents[axis] == nil {
            throw Problem(
                reason: "equation is \"\(text)\", whose kernel has an axis that neither the input nor the output has")
        }
        bias = try Self.bias(biasAxes, output, extents, text)
    }

    private static func matches(_ left: Side, _ result: Side) -> Bool {
        guard let place = left.ellipsis else { return result.ellipsis == nil }
        guard let other = result.ellipsis else { return false }
        return place == 0 ? other == 0 : place == left.letters.count && other == result.letters.count
    }

    private static func extents(
        _ input: [Int], _ output: [Int], _ result: Side, _ sample: Shape, _ outputShape: [Int?], _ text: String
    ) throws(Problem) -> [Int: Int] {
        var extents: [Int: Int] = [:]
        for (axis, extent) in zip(input.dropFirst(), sample.dimensions) { extents[axis] = extent }
        let named = result.ellipsis == 0 ? result.letters : Array(result.letters.dropFirst())
        guard outputShape.count == named.count else {
            throw Problem(
                reason: "output_shape has \(outputShape.count) extents, expected \(named.count) for the equation "
                    + "\"\(text)\"")
        }
        for (axis, extent) in zip(named, outputShape) {
            guard let extent else {
                guard extents[axis] != nil else {
                    throw Problem(
                        reason: "output_shape leaves an extent of the kernel open, expected a number for each axis of "
                            + "the equation \"\(text)\" that the input does not have")
                }
                continue
            }
            guard extent > 0, extents[axis] == nil || extents[axis] == extent else {
                throw Problem(
                    reason: "output_shape has extent \(extent) where the input has "
                        + "\(extents[axis].map(String.init) ?? "none") in the equation \"\(text)\"")
            }
            extents[axis] = extent
        }
        return extents
    }

    private static func bias(
        _ letters: String?, _ output: [Int], _ extents: [Int: Int], _ text: String
    ) throws(Problem) -> [(axis: Int, extent: Int)] {
        guard let letters else { return [] }
        var chosen: Set<Int> = []
        for letter in letters {
            guard let code = letter.asciiValue.map(Int.init), output.dropFirst().contains(code) else {
                throw Problem(
                    reason: "bias_axes is \"\(letters)\", expected axes of the output of the equation \"\(text)\" "
                        + "behind the batch")
            }
            chosen.insert(code)
        }
        guard let first = output.firstIndex(where: chosen.contains) else {
            throw Problem(reason: "bias_axes is empty, expected axes of the output, or none at all")
        }
        return output[first...].map { (axis: $0, extent: chosen.contains($0) ? extents[$0]! : 1) }
    }

    func shape(_ axes: [Int]) -> Shape { Shape(axes.map { extents[$0]! }) }

    /// The shape of the output without the batch axis.
    var outputShape: Shape { shape(Array(output.dropFirst())) }
    var kernelShape: Shape { shape(kernel) }
    var biasShape: Shape { Shape(bias.map(\.extent)) }
}
