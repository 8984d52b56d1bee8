import Engine
import Memory

/// What `x[…]` picks: numbers, ranges, an ellipsis and new axes, of which the first leaves the batch whole.
struct TensorIndex {
    private let call: OperationCall
    private let items: [CallValue]

    init(_ call: OperationCall) throws(ModelError) {
        self.call = call
        switch call.value("key") {
        case .list(let items)?: self.items = items
        case let item?: items = [item]
        case nil: throw call.refused("key", "an index")
        }
    }

    func apply(to x: Tensor) throws(ModelError) -> Tensor {
        let used = items.count { item in
            switch item {
            case .ellipsis, .none: false
            default: true
            }
        }
        guard used <= x.shape.rank else {
            throw call.layer.error("the index has \(used) axes, \(call.describe(x.shape)) has \(x.shape.rank)")
        }
        var begin = [Int](repeating: 0, count: x.shape.rank)
        var step = [Int](repeating: 1, count: x.shape.rank)
        var extents = x.shape
        var reversed: [Int] = []
        // Of the result: where an extent is that of an axis, or 1.
        var kept: [Int?] = []
        var axis = 0
        for item in items {
            switch item {
            case .ellipsis:
                let end = axis + x.shape.rank - used
                kept += (axis..<end).map { $0 }
                axis = end
            case .none: kept.append(nil)
            case .integer(let number):
                try checkBatch(axis)
                let position = number < 0 ? number + x.shape[axis] : number
                guard (0..<x.shape[axis]).contains(position) else {
                    throw call.layer.error(
                        "index \(number) is out of range of axis \(axis) of \(call.describe(x.shape))")
                }
                (begin[axis], extents[axis]) = (position, 1)
                axis += 1
            case .slice(let start, let stop, let stride):
                let range = try Self.range(start, stop, stride, x.shape[axis], call)
                if range.count != x.shape[axis] || range.step != 1 { try checkBatch(axis) }
                (begin[axis], extents[axis], step[axis]) = (range.first, range.count, abs(range.step))
                if range.step < 0 { reversed.append(axis) }
                kept.append(axis)
                axis += 1
            default: throw call.refused("key", "numbers, ranges, an ellipsis or new axes")
            }
        }
        kept += (axis..<x.shape.rank).map { $0 }
        guard case .some(0)? = kept.first else { throw batchError }
        let picked = x.sliced(begin: begin, shape: extents, step: step)
        let turned = reversed.reduce(picked) { $0.reversed(axis: $1) }
        return turned.reshaped(Shape(kept.map { $0.map { extents[$0] } ?? 1 }))
    }

    private var batchError: ModelError {
        call.layer.error("the index picks from the batch; begin it with a whole range")
    }

    private func checkBatch(_ axis: Int) throws(ModelError) {
        if axis == 0 { throw batchError }
    }

    /// The lowest place, the number of places and the step of a range, as Python has it.
    private static func range(
        _ start: Int?, _ stop: Int?, _ step: Int?, _ extent: Int, _ call: OperationCall
    ) throws(ModelError) -> (first: Int, count: Int, step: Int) {
        let step = step ?? 1
        guard step != 0, abs(step) <= 1 << 31 else { throw call.layer.error("a range has step \(step)") }
        let (lowest, highest) = step > 0 ? (0, extent) : (-1, extent - 1)
        func place(_ bound: Int?, _ open: Int) -> Int {
            guard let bound else { return open }
            return min(max(bound < 0 ? max(bound, -extent - 1) + extent : bound, lowest), highest)
        }
        let begin = place(start, step > 0 ? lowest : highest)
        let end = place(stop, step > 0 ? highest : lowest)
        let count = step > 0 ? max(0, (end - begin + step - 1) / step) : max(0, (begin - end - step - 1) / -step)
        guard count > 0 else { throw call.layer.error("a range of an axis with \(extent) elements is empty") }
        return (step > 0 ? begin : begin + (count - 1) * step, count, step)
    }
}
