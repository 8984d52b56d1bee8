import Engine
import Memory

/// Factors of samples by their class: Keras's `class_weight`. Classes that are not named count 1.
struct ClassWeights: Hashable {
    /// The weight of class `first - 1 + index`; the first and the last stand for all classes outside.
    let table: [Float]
    private let first: Int

    /// Nil without weights.
    init?(_ weights: [Int: Float]?) {
        guard let weights, let first = weights.keys.min(), let last = weights.keys.max(),
            case let (distance, overflow) = last.subtractingReportingOverflow(first), !overflow, distance < 1 << 20,
            first.magnitude < 1 << 52
        else {
            return nil
        }
        self.first = first
        table = [1] + (first...last).map { weights[$0] ?? 1 } + [1]
    }

    /// What is the same for tables of the same plan.
    struct Form: Hashable {
        let count: Int
        let first: Int
    }

    var form: Form { Form(count: table.count, first: first) }
}

extension ClassWeights.Form {
    /// The weights of samples (and positions) from their targets.
    ///
    /// - Parameters:
    ///   - table: shape (count).
    ///   - target: class numbers (batch, …), of any type; or scores over classes (batch, …, classes), the largest of which
    ///     is the class.
    func weights(_ table: Tensor, of target: Tensor, areScores: Bool) -> Tensor {
        let graph = table.graph
        var number = target.casted(to: .float32).rounded()
        if areScores {
            // Places in front of the first of the largest scores.
            let isLargest = target.equal(target.max(axes: [-1], keepDimensions: true)).casted(to: .float32)
            number = isLargest.cumulativeSum(axis: -1).equal(graph.constant(0, shape: [])).casted(to: .float32)
                .sum(axes: [-1])
        }
        let place = number.scaled(by: 1, offset: Float(1 - first)).clipped(from: 0, to: Float(count - 1))
        return table.gathered(place.casted(to: .int32))
    }
}

/// Class weights in memory that plans read.
final class ClassTable {
    let weights: ClassWeights
    private let buffer: AlignedBuffer

    init(_ weights: ClassWeights) {
        self.weights = weights
        buffer = AlignedBuffer(byteCount: weights.table.count * 4)
        weights.table.withUnsafeBytes { buffer.bytes.copyMemory(from: $0) }
    }

    var address: UnsafeMutableRawPointer { buffer.address }
}
