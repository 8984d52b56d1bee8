import Memory
import OneDNN

/// Every pair of an output and an input position that a window joins, along one axis: (output, input, tap).
private func pairs(_ window: Window, axis: Int, input: Int, output: Int) -> [(output: Int, input: Int, tap: Int)] {
    var result: [(Int, Int, Int)] = []
    for position in 0..<output {
        for tap in 0..<window.kernel[axis] {
            let place = position * window.strides[axis] - window.paddingBefore[axis] + tap * window.dilation[axis]
            if (0..<input).contains(place) { result.append((position, place, tap)) }
        }
    }
    return result
}

/// Calls the body for every joined pair of positions of images (batch, spatial…, channels), without batch and channels.
func forEachPair(
    _ window: Window, input: [Int], output: [Int], _ body: (_ output: [Int], _ input: [Int], _ tap: [Int]) -> Void
) {
    let axes = input.indices.map { pairs(window, axis: $0, input: input[$0], output: output[$0]) }
    Shape(axes.map(\.count)).forEachIndex { index in
        let chosen = zip(axes, index).map { $0[$1] }
        body(chosen.map(\.output), chosen.map(\.input), chosen.map(\.tap))
    }
}

extension Convolution: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let (x, w) = (inputs[0], inputs[1])
        let shape = outputTypes(of: [TensorType(x.shape), TensorType(w.shape)])[0].shape
        var result = ReferenceArray(shape, repeating: 0)
        if inputs.count > 2 {
            for place in result.values.indices { result.values[place] = inputs[2].values[place % shape.last] }
        }
        let (channels, filters) = (w.shape[w.shape.rank - 2], shape.last)
        let perGroup = filters / (x.shape.last / channels)
        forEachPair(window, input: x.shape.spatial, output: shape.spatial) { output, input, tap in
            for batch in 0..<shape[0] {
                for filter in 0..<filters {
                    for channel in 0..<channels {
                        let from = filter / perGroup * channels + channel
                        result[[batch] + output + [filter]] += x[[batch] + input + [from]] * w[tap + [channel, filter]]
                    }
                }
            }
        }
        return [result]
    }
}

extension ConvolutionSourceGradient: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let (dy, w) = (inputs[0], inputs[1])
        var result = ReferenceArray(source, repeating: 0)
        let (channels, filters) = (w.shape[w.shape.rank - 2], dy.shape.last)
        let perGroup = filters / (source.last / channels)
        forEachPair(window, input: source.spatial, output: dy.shape.spatial) { output, input, tap in
            for batch in 0..<source[0] {
                for filter in 0..<filters {
                    for channel in 0..<channels {
                        let from = filter / perGroup * channels + channel
                        result[[batch] + input + [from]] +=
                            dy[[batch] + output + [filter]] * w[tap + [channel, filter]]
                    }
                }
            }
        }
        return [result]
    }
}

extension ConvolutionWeightsGradient: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let (x, dy) = (inputs[0], inputs[1])
        var result = ReferenceArray(weights, repeating: 0)
        let (channels, filters) = (weights[weights.rank - 2], dy.shape.last)
        let perGroup = filters / (x.shape.last / channels)
        forEachPair(window, input: x.shape.spatial, output: dy.shape.spatial) { output, input, tap in
            for batch in 0..<x.shape[0] {
                for filter in 0..<filters {
                    for channel in 0..<channels {
                        let from = filter / perGroup * channels + channel
                        result[tap + [channel, filter]] += x[[batch] + input + [from]] * dy[[batch] + output + [filter]]
                    }
                }
            }
        }
        guard hasBias else { return [result] }
        let axes = Array(0..<dy.shape.rank - 1)
        return [result] + Reduce(function: .sum, axes: axes, factor: 1).evaluate([dy], context)
    }
}
