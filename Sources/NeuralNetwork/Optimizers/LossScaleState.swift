/// What a `LossScaleOptimizer` has found.
package struct LossScaleState {
    /// The name under which the numbers are kept.
    package static let name = "loss_scale"

    /// The most updates that are counted: float32, in which the numbers are kept, holds all whole numbers up to here.
    package static let mostSteps = 1 << 24

    /// Finite updates in a row.
    package var steps: Int
    package var scale: Float

    /// - Parameter numbers: as they are kept; nil before the first update.
    package init(_ numbers: [Float]?, initialScale: Float) {
        steps = min(max(0, Int(exactly: (numbers?[0] ?? 0).rounded()) ?? 0), Self.mostSteps)
        scale = numbers?[1] ?? initialScale
    }

    package var numbers: [Float] { [Float(steps), scale] }

    /// Goes on after an update, or after one that was left out.
    package mutating func advance(isFinite: Bool, growthSteps: Int) {
        guard isFinite else {
            steps = 0
            scale = max(scale * 0.5, .leastNormalMagnitude)
            return
        }
        if steps == growthSteps - 1 {
            steps = 0
            // Twice the largest power of two is no number of float32, and no gradient times it would be finite.
            scale = min(scale * 2, 0x1p127)
        } else {
            steps += 1
        }
    }
}
