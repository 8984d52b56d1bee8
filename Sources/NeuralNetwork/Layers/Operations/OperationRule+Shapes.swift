import Engine
import Memory

extension OperationRule {
    static let shapes: [String: OperationRule] = [
        "Reshape": unary(type: sameType) { x, call throws(ModelError) in try reshape(x, call) },
        "Transpose": unary(type: sameType) { x, call throws(ModelError) in
            guard let axes = try call.integers("axes") else {
                throw call.layer.error("axes is none, which would move the batch; name all axes, 0 first")
            }
            let order = axes.map { $0 < 0 ? $0 + x.shape.rank : $0 }
            guard order.first == 0, order.sorted() == Array(0..<x.shape.rank) else {
                throw call.refused("axes", "each axis of \(call.describe(x.shape)) once, 0 first")
            }
            return x.transposed(order)
        },
        "Swapaxes": unary(type: sameType) { x, call throws(ModelError) in
            let first = try call.axis(call.integer("axis1"), of: x)
            let second = try call.axis(call.integer("axis2"), of: x)
            var order = Array(0..<x.shape.rank)
            order.swapAt(first, second)
            return x.transposed(order)
        },
        "Moveaxis": unary(type: sameType) { x, call throws(ModelError) in
            let source = try call.axis(call.integer("source"), of: x)
            let destination = try call.axis(call.integer("destination"), of: x)
            var order = Array(0..<x.shape.rank)
            order.remove(at: source)
            order.insert(source, at: destination)
            return x.transposed(order)
        },
        "ExpandDims": unary(type: sameType) { x, call throws(ModelError) in
            guard let given = try call.integers("axis") else { throw call.refused("axis", "whole numbers") }
            var shape = x.shape.dimensions
            var axes: [Int] = []
            for axis in given { axes.append(try call.axis(axis, of: x, extra: given.count)) }
            guard Set(axes).count == axes.count else { throw call.refused("axis", "each axis once") }
            for axis in axes.sorted() { shape.insert(1, at: axis) }
            return x.reshaped(Shape(shape))
        },
        "Squeeze": unary(type: sameType) { x, call throws(ModelError) in
            let ones = x.shape.dimensions.indices.dropFirst().filter { x.shape[$0] == 1 }
            let axes = try call.integers("axis") == nil ? Array(ones) : try call.axes(of: x)
            guard axes.allSatisfy(ones.contains) else {
                throw call.refused("axis", "axes of \(call.describe(x.shape)) with extent 1")
            }
            return x.reshaped(Shape(x.shape.dimensions.indices.filter { !axes.contains($0) }.map { x.shape[$0] }))
        },
        "GetItem": OperationRule(arguments: ["x", "key"], type: sameType) { call throws(ModelError) in
            [try TensorIndex(call).apply(to: try call.tensor("x"))]
        },
        "Flip": unary(type: sameType) { x, call throws(ModelError) in
            try call.axes(of: x).reduce(x) { $0.reversed(axis: $1) }
        },
        "Tile": unary(type: sameType) { x, call throws(ModelError) in
            guard var repeats = try call.integers("repeats"), repeats.allSatisfy({ (1...1 << 24).contains($0) }),
                repeats.count <= x.shape.rank
            else { throw call.refused("repeats", "positive numbers, at most one per axis") }
            repeats = Array(repeating: 1, count: x.shape.rank - repeats.count) + repeats
            guard repeats[0] == 1 else { throw call.refused("repeats", "1 for the batch") }
            return x.tiled(repeats)
        },
        "Repeat": unary(type: sameType) { x, call throws(ModelError) in
            guard call.value("axis") != nil else { throw call.refused("axis", "an axis behind the batch") }
            let axis = try call.axis(call.integer("axis"), of: x)
            guard case let count = try call.integer("repeats"), count > 0 else {
                throw call.refused("repeats", "a positive number")
            }
            return x.repeated(x.shape.dimensions.indices.map { $0 == axis ? count : 1 })
        },
        "Pad": OperationRule(arguments: ["x", "constant_values"], type: sameType) { call throws(ModelError) in
            let x = try call.tensor("x")
            guard try call.text("mode") ?? "constant" == "constant" else { throw call.refused("mode", "constant") }
            let margins = try margins(x, call)
            return [
                x.padded(
                    before: margins.map(\.before), after: margins.map(\.after),
                    value: try call.number("constant_values", default: 0))
            ]
        },
    ]

    private static func reshape(_ x: Tensor, _ call: OperationCall) throws(ModelError) -> Tensor {
        // Null stands for the batch, as an unknown extent.
        guard case .list(let items)? = call.value("newshape"), let first = items.first else {
            throw call.refused("newshape", "the batch and at most one more open extent")
        }
        var extents: [Int] = []
        for item in items.dropFirst() {
            guard case .integer(let extent) = item, extent == -1 || (1...1 << 31).contains(extent) else {
                throw call.refused("newshape", "positive numbers and at most one -1 behind the batch")
            }
            extents.append(extent)
        }
        let count = x.shape.withoutFirst.elementCount
        let known = extents.filter { $0 != -1 }.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
        let open = extents.indices.filter { extents[$0] == -1 }
        let isBatch: Bool =
            switch first {
            case .integer(-1): open.isEmpty
            case .integer(let rows): rows == x.shape[0]
            case .none: true
            default: false
            }
        guard isBatch, open.count <= 1, known > 0, open.isEmpty ? known == count : count.isMultiple(of: known) else {
            throw call.layer.error(
                "cannot reshape \(call.describe(x.shape)) to \(items); the first extent must be the batch, -1")
        }
        if let place = open.first { extents[place] = count / known }
        return x.reshaped(Shape([x.shape[0]] + extents))
    }

    private static func margins(_ x: Tensor, _ call: OperationCall) throws(ModelError) -> [Margin] {
        let refusal = call.refused("pad_width", "two numbers of at least 0 for each axis, none for the batch")
        guard case .list(let items)? = call.value("pad_width"), items.count == x.shape.rank else { throw refusal }
        var result: [Margin] = []
        for item in items {
            guard case .list(let ends) = item, ends.count == 2, case .integer(let before) = ends[0],
                case .integer(let after) = ends[1], (0...1 << 31).contains(before), (0...1 << 31).contains(after)
            else { throw refusal }
            result.append(Margin(before, after))
        }
        guard result[0] == Margin(0) else { throw refusal }
        return result
    }
}
