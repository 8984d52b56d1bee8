import Memory

/// How values between positions are made.
public enum Interpolation: String, Sendable {
    /// That of the nearest position; from the middle between two, of the later one.
    case nearest
    /// The line between the two nearest; beyond the border, the border's.
    case bilinear

    /// The share of each input position in each output position, row-major (outputs, inputs): positions are the centres
    /// of equal parts, as in TensorFlow's `resize` without antialiasing.
    func shares(from inputs: Int, to outputs: Int) -> [Float] {
        var result = [Float](repeating: 0, count: outputs * inputs)
        let scale = Double(inputs) / Double(outputs)
        for output in 0..<outputs {
            let center = (Double(output) + 0.5) * scale
            switch self {
            case .nearest:
                result[output * inputs + min(inputs - 1, Int(center.rounded(.down)))] = 1
            case .bilinear:
                let place = center - 0.5
                let low = Int(place.rounded(.down))
                let share = Float(place - Double(low))
                result[output * inputs + min(max(low, 0), inputs - 1)] += 1 - share
                result[output * inputs + min(max(low + 1, 0), inputs - 1)] += share
            }
        }
        return result
    }
}

extension Tensor {
    /// Images (batch, height, width, channels) in another size.
    ///
    /// Each axis is one product with the shares of its input positions, so that gradients are products, too.
    public func resized(height: Int, width: Int, _ interpolation: Interpolation) -> Tensor {
        precondition(shape.rank == 4 && height > 0 && width > 0, "resized: \(shape) to \(height) by \(width)")
        let (batch, rows, columns, channels) = (shape[0], shape[1], shape[2], shape[3])
        func shares(_ inputs: Int, _ outputs: Int) -> Tensor {
            graph.constant(interpolation.shares(from: inputs, to: outputs), shape: [outputs, inputs])
                .casted(to: type.scalar)
        }
        var result = self
        if height != rows {
            result = shares(rows, height).matrixProduct(result.reshaped([batch, rows, columns * channels]))
        }
        if width != columns {
            result = shares(columns, width).matrixProduct(result.reshaped([batch * height, columns, channels]))
        }
        return result.reshaped([batch, height, width, channels])
    }
}
