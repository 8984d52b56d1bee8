import Engine
import Memory

extension OperationRule {
    /// What joins tensors, and what takes them apart.
    static let joints: [String: OperationRule] = [
        "Concatenate": OperationRule(arguments: ["xs"], type: sameType) { call throws(ModelError) in
            let tensors = try call.tensors("xs")
            let axis = try call.axis(call.value("axis") == nil ? -1 : call.integer("axis"), of: tensors[0])
            try check(tensors, along: axis, call)
            return [Tensor.concatenate(tensors.map { $0.casted(to: common(tensors)) }, axis: axis)]
        },
        "Stack": OperationRule(arguments: ["x"], type: sameType) { call throws(ModelError) in
            let tensors = try call.tensors("x")
            try check(tensors, along: nil, call)
            let axis = try call.axis(call.value("axis") == nil ? 0 : call.integer("axis"), of: tensors[0], extra: 1)
            var shape = tensors[0].shape
            shape.dimensions.insert(1, at: axis)
            return [Tensor.concatenate(tensors.map { $0.casted(to: common(tensors)).reshaped(shape) }, axis: axis)]
        },
        "Split": OperationRule(arguments: ["x"], type: sameType) { call throws(ModelError) in
            let x = try call.tensor("x")
            let axis = try call.axis(call.value("axis") == nil ? 0 : call.integer("axis"), of: x)
            let extent = x.shape[axis]
            guard let given = try call.integers("indices_or_sections"), let first = given.first else {
                throw call.refused("indices_or_sections", "a number of parts, or places")
            }
            var places: [Int]
            if case .integer? = call.value("indices_or_sections") {
                guard first > 0, extent.isMultiple(of: first) else {
                    throw call.layer.error(
                        "axis \(axis) of \(call.describe(x.shape)) cannot be split in \(first) parts")
                }
                places = (1..<first + 0).map { $0 * (extent / first) }
            } else {
                places = given
            }
            places = [0] + places + [extent]
            guard zip(places, places.dropFirst()).allSatisfy({ $0 < $1 }) else {
                throw call.refused("indices_or_sections", "ascending places within \(extent)")
            }
            return zip(places, places.dropFirst()).map { x.sliced(axis: axis, $0..<$1) }
        },
    ]

    private static func check(_ tensors: [Tensor], along axis: Int?, _ call: OperationCall) throws(ModelError) {
        for tensor in tensors.dropFirst() {
            var shape = tensor.shape
            if let axis, shape.rank == tensors[0].shape.rank { shape[axis] = tensors[0].shape[axis] }
            guard shape == tensors[0].shape else {
                let shapes = tensors.map { call.describe($0.shape) }.joined(separator: ", ")
                throw call.layer.error("the tensors have shapes \(shapes), which must be equal but along the axis")
            }
        }
    }

    private static func common(_ tensors: [Tensor]) -> ScalarType {
        tensors.map(\.type.scalar).first { $0.isFloatingPoint } ?? tensors[0].type.scalar
    }
}
