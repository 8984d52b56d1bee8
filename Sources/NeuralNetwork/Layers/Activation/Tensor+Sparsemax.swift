import Engine
import Memory

extension Tensor {
    /// `max(x − τ, 0)` along the last axis, with the τ of Keras 3.15: of the numbers in descending order the first k belong
    /// to the support (those with `x > (Σ of the numbers up to x − 1) / their count`), and τ is the sum of the partial sums
    /// of all of these, less 1, over k. Martins & Astudillo (2016) take the last partial sum alone.
    ///
    /// Numbers are compared in pairs instead of sorted: as much memory as pairs.
    func sparsemaxOfKeras() -> Tensor {
        let count = shape.last
        let leading = Array(shape.dimensions.dropLast())
        let constants = casted(to: .float32).stoppingGradient()
        let each = constants.reshaped(Shape(leading + [count, 1]))
        let other = constants.reshaped(Shape(leading + [1, count]))
        // 1 where the other one stands in front of each one, or is itself; equal numbers keep their order.
        let order = graph.constant(
            (0..<count * count).map { $0 % count <= $0 / count ? 1 : 0 }, shape: [count, count])
        let isBefore = other.greater(each) + other.equal(each) * order
        let partialSums = (isBefore * other).sum(axes: [-1])
        let places = isBefore.sum(axes: [-1])
        let isSupport = constants.greater((partialSums - 1) / places)
        // How many partial sums a number is part of.
        let uses = (isBefore * isSupport.reshaped(Shape(leading + [count, 1]))).sum(axes: [-2])
        let size = isSupport.sum(axes: [-1], keepDimensions: true)
        let threshold = ((self * uses).sum(axes: [-1], keepDimensions: true) - 1) / size
        return (self - threshold).relu().casted(to: type.scalar)
    }
}
