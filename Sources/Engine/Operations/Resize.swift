import Memory

/// How values between positions are made.
public enum Interpolation: String, Sendable {
    /// That of the nearest position; from the middle between two, of the later one.
    case nearest
    /// The line between the two nearest; beyond the border, the border's.
    case bilinear

    /// What each output position takes of the input positions: positions are the centres of equal parts, as in
    /// TensorFlow's `resize` without antialiasing.
    func taps(from inputs: Int, to outputs: Int) -> Taps {
        let scale = Double(inputs) / Double(outputs)
        let rows: [[(index: Int, factor: Float)]] = (0..<outputs).map { output in
            let center = (Double(output) + 0.5) * scale
            switch self {
            case .nearest: return [(index: min(inputs - 1, Int(center.rounded(.down))), factor: 1)]
            case .bilinear:
                let place = center - 0.5
                let low = Int(place.rounded(.down))
                let share = Float(place - Double(low))
                let (first, second) = (min(max(low, 0), inputs - 1), min(max(low + 1, 0), inputs - 1))
                if first == second || share == 0 { return [(index: first, factor: 1)] }
                return [(index: first, factor: 1 - share), (index: second, factor: share)]
            }
        }
        return Taps(inputs: inputs, rows)
    }
}

/// A matrix of few numbers other than zero, row by row.
package struct Taps: Sendable, Equatable {
    package let inputs: Int
    package let outputs: Int
    /// Where each row begins in `indices` and `factors`, and where the last one ends.
    package private(set) var starts: [Int32] = [0]
    package private(set) var indices: [Int32] = []
    package private(set) var factors: [Float] = []

    init(inputs: Int, _ rows: [[(index: Int, factor: Float)]]) {
        self.inputs = inputs
        outputs = rows.count
        for row in rows {
            for tap in row {
                indices.append(Int32(tap.index))
                factors.append(tap.factor)
            }
            starts.append(Int32(indices.count))
        }
    }

    /// The numbers of a row.
    func row(_ output: Int) -> [(index: Int, factor: Float)] {
        (Int(starts[output])..<Int(starts[output + 1])).map { (Int(indices[$0]), factors[$0]) }
    }

    /// The matrix with rows as columns.
    var transposed: Taps {
        var rows = [[(index: Int, factor: Float)]](repeating: [], count: inputs)
        for output in 0..<outputs { for tap in row(output) { rows[tap.index].append((output, tap.factor)) } }
        return Taps(inputs: outputs, rows)
    }
}

/// The product of a matrix of few numbers with every run along an axis. Its gradient is the product with the transposed one.
package struct TapProduct: Operation {
    package let axis: Int
    package let taps: Taps
    package var name: String { "interpolation" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        precondition(inputs[0].shape[axis] == taps.inputs, "\(name): \(inputs[0].shape), axis \(axis)")
        var extents = inputs[0].shape.dimensions
        extents[axis] = taps.outputs
        return [TensorType(Shape(extents), inputs[0].scalar.arithmetic)]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let gradient = outputGradients[0]!.graph.apply(
            TapProduct(axis: axis, taps: taps.transposed), [outputGradients[0]!])[0]
        return [gradient.casted(to: inputs[0].type.scalar.arithmetic)]
    }
}

extension Tensor {
    /// Images (batch, height, width, channels) in another size.
    public func resized(height: Int, width: Int, _ interpolation: Interpolation) -> Tensor {
        precondition(shape.rank == 4 && height > 0 && width > 0, "resized: \(shape) to \(height) by \(width)")
        // The axis that shrinks goes first: the other then has less to do.
        let isHeightFirst = height * shape[2] <= width * shape[1]
        return (isHeightFirst ? [(1, height), (2, width)] : [(2, width), (1, height)]).reduce(self) { image, wish in
            let (axis, extent) = wish
            guard image.shape[axis] != extent else { return image }
            let taps = interpolation.taps(from: image.shape[axis], to: extent)
            return image.graph.apply(TapProduct(axis: axis, taps: taps), [image])[0]
        }
    }
}
