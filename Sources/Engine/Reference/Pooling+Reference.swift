import Memory
import OneDNN

extension MaxPooling: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let x = inputs[0]
        var result = ReferenceArray(outputTypes(of: [TensorType(x.shape)])[0].shape, repeating: -.infinity)
        forEachPair(window, input: x.shape.spatial, output: result.shape.spatial) { output, input, _ in
            for batch in 0..<x.shape[0] {
                for channel in 0..<x.shape.last {
                    let place = [batch] + output + [channel]
                    result[place] = max(result[place], x[[batch] + input + [channel]])
                }
            }
        }
        return [result]
    }
}

extension MaxPoolingGradient: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let (dy, x, y) = (inputs[0], inputs[1], inputs[2])
        var result = ReferenceArray(x.shape, repeating: 0)
        var isTaken = ReferenceArray(dy.shape, repeating: 0)
        // The first of equal maxima, row-major.
        forEachPair(window, input: x.shape.spatial, output: dy.shape.spatial) { output, input, _ in
            for batch in 0..<x.shape[0] {
                for channel in 0..<x.shape.last {
                    let (place, from) = ([batch] + output + [channel], [batch] + input + [channel])
                    guard isTaken[place] == 0, x[from] == y[place] else { continue }
                    isTaken[place] = 1
                    result[from] += dy[place]
                }
            }
        }
        return [result]
    }
}

extension MaxPoolingGather: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let (h, x, y) = (inputs[0], inputs[1], inputs[2])
        var result = ReferenceArray(y.shape, repeating: 0)
        var isTaken = ReferenceArray(y.shape, repeating: 0)
        forEachPair(window, input: x.shape.spatial, output: y.shape.spatial) { output, input, _ in
            for batch in 0..<x.shape[0] {
                for channel in 0..<x.shape.last {
                    let (place, from) = ([batch] + output + [channel], [batch] + input + [channel])
                    guard isTaken[place] == 0, x[from] == y[place] else { continue }
                    isTaken[place] = 1
                    result[place] = h[from]
                }
            }
        }
        return [result]
    }
}

/// How many positions of the input each window has.
private func counts(_ window: Window, input: [Int], output: [Int]) -> ReferenceArray {
    var result = ReferenceArray(Shape(output), repeating: 0)
    forEachPair(window, input: input, output: output) { output, _, _ in result[output] += 1 }
    return result
}

extension AveragePooling: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let x = inputs[0]
        var result = ReferenceArray(outputTypes(of: [TensorType(x.shape)])[0].shape, repeating: 0)
        let counts = counts(window, input: x.shape.spatial, output: result.shape.spatial)
        forEachPair(window, input: x.shape.spatial, output: result.shape.spatial) { output, input, _ in
            for batch in 0..<x.shape[0] {
                for channel in 0..<x.shape.last {
                    result[[batch] + output + [channel]] += x[[batch] + input + [channel]] / counts[output]
                }
            }
        }
        return [result]
    }
}

extension AveragePoolingGradient: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let dy = inputs[0]
        var result = ReferenceArray(source, repeating: 0)
        let counts = counts(window, input: source.spatial, output: dy.shape.spatial)
        forEachPair(window, input: source.spatial, output: dy.shape.spatial) { output, input, _ in
            for batch in 0..<source[0] {
                for channel in 0..<source.last {
                    result[[batch] + input + [channel]] += dy[[batch] + output + [channel]] / counts[output]
                }
            }
        }
        return [result]
    }
}
