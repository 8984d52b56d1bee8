import Engine
import Memory

/// The arguments of one call of an operation, tensors with the batch axis in front.
struct OperationCall {
    let layer: OperationLayer
    let graph: Graph
    private var values: [String: CallValue] = [:]
    private var tensorsByName: [String: [Tensor]] = [:]

    init(
        _ layer: OperationLayer, _ rule: OperationRule, _ graph: Graph, _ inputs: [Tensor], _ arguments: [CallArgument]
    ) throws(ModelError) {
        self.layer = layer
        self.graph = graph
        for option in layer.options { values[option.name] = option.value }
        for (position, argument) in arguments.enumerated() {
            guard let name = argument.name ?? (position < rule.arguments.count ? rule.arguments[position] : nil) else {
                throw layer.error("takes \(rule.arguments.count) arguments (\(rule.arguments)), got \(arguments.count)")
            }
            values[name] = argument.value
        }
        var rest = inputs[...]
        for name in rule.arguments {
            // A call without arguments is one of tensors alone.
            let count = arguments.isEmpty ? (rest.isEmpty ? 0 : 1) : values[name]?.tensors.count ?? 0
            tensorsByName[name] = Array(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        guard rest.isEmpty else { throw layer.error("takes tensors as \(rule.arguments), got \(inputs.count)") }
    }

    // MARK: Tensors

    func tensor(_ name: String) throws(ModelError) -> Tensor {
        guard let tensors = tensorsByName[name], tensors.count == 1 else {
            throw layer.error("\(name) is no tensor, expected one")
        }
        return tensors[0]
    }

    /// The tensors of a list, of one shape but along an axis.
    func tensors(_ name: String) throws(ModelError) -> [Tensor] {
        guard let tensors = tensorsByName[name], !tensors.isEmpty else {
            throw layer.error("\(name) has no tensors, expected at least one")
        }
        if case .list(let items)? = values[name], items.count != tensors.count {
            throw layer.error("\(name) has numbers among its tensors; expected tensors alone")
        }
        return tensors
    }

    /// A tensor, or a number or an array that stands in the model, as one.
    func operand(_ name: String) throws(ModelError) -> (tensor: Tensor, isConstant: Bool) {
        if let tensor = tensorsByName[name]?.first { return (tensor, false) }
        switch values[name] {
        case .array(let numbers)?: return (numbers.tensor(in: graph), true)
        case let value?:
            if let number = value.number { return (graph.constant(Float(number), shape: []), true) }
            if case .bool(let flag) = value { return (graph.constant(flag ? 1 : 0, shape: []), true) }
        case nil: break
        }
        throw layer.error("\(name) is neither a tensor nor a number")
    }

    /// Operands whose shapes fit each other.
    func operands(_ names: String...) throws(ModelError) -> [Tensor] {
        var result: [(tensor: Tensor, isConstant: Bool)] = []
        for name in names { result.append(try operand(name)) }
        let shapes = result.map(\.tensor.shape)
        var all: Shape? = []
        for shape in shapes { all = all?.broadcast(with: shape) }
        let ranks = Set(result.filter { !$0.isConstant }.map(\.tensor.shape.rank))
        // Behind different numbers of axes the batch would meet another axis.
        guard all != nil, ranks.count <= 1 else {
            throw layer.error(
                "the operands have shapes \(shapes.map { describe($0) }.joined(separator: " and ")), which do not fit "
                    + "each other; tensors must have as many axes")
        }
        return result.map(\.tensor)
    }

    /// A shape of a message, without the batch.
    func describe(_ shape: Shape) -> String {
        "(" + shape.dimensions.map { $0 == graph.nominalBatch ? "batch" : String($0) }.joined(separator: ", ") + ")"
    }

    // MARK: Settings

    func value(_ name: String) -> CallValue? {
        if case CallValue.none? = values[name] { nil } else { values[name] }
    }

    /// A number; nil when null or absent.
    func number(_ name: String) throws(ModelError) -> Float? {
        guard let value = value(name) else { return nil }
        guard let number = value.number else { throw refused(name, "a number") }
        return Float(number)
    }

    func number(_ name: String, default fallback: Float) throws(ModelError) -> Float { try number(name) ?? fallback }

    func flag(_ name: String) throws(ModelError) -> Bool {
        guard let value = value(name) else { return false }
        guard case .bool(let flag) = value else { throw refused(name, "true or false") }
        return flag
    }

    func text(_ name: String) throws(ModelError) -> String? {
        guard let value = value(name) else { return nil }
        guard case .text(let text) = value else { throw refused(name, "a text") }
        return text
    }

    /// Whole numbers, or one; nil when null or absent.
    func integers(_ name: String) throws(ModelError) -> [Int]? {
        guard let value = value(name) else { return nil }
        switch value {
        case .integer(let number): return [number]
        case .list(let items):
            var result: [Int] = []
            for item in items {
                guard case .integer(let number) = item else { throw refused(name, "whole numbers") }
                result.append(number)
            }
            return result
        default: throw refused(name, "whole numbers")
        }
    }

    func integer(_ name: String) throws(ModelError) -> Int {
        guard let numbers = try integers(name), numbers.count == 1, abs(numbers[0]) < 1 << 31 else {
            throw refused(name, "a whole number")
        }
        return numbers[0]
    }

    func refused(_ name: String, _ expected: String) -> ModelError {
        let found = value(name).map { "\($0)" } ?? "absent"
        return layer.error("\(name) is \(found), expected \(expected)")
    }

    // MARK: Axes

    /// An axis of a tensor, not the batch.
    ///
    /// - Parameter extra: axes that the result has more than the tensor.
    func axis(_ axis: Int, of tensor: Tensor, extra: Int = 0) throws(ModelError) -> Int {
        let rank = tensor.shape.rank + extra
        let position = axis < 0 ? axis + rank : axis
        guard (1..<max(1, rank)).contains(position) else {
            let reason = position == 0 ? "is the batch, which cannot be changed here" : "is out of range"
            throw layer.error("axis \(axis) of a tensor \(describe(tensor.shape)) \(reason)")
        }
        return position
    }

    /// The axes of a setting, not the batch, each once.
    func axes(_ name: String = "axis", of tensor: Tensor) throws(ModelError) -> [Int] {
        guard let given = try integers(name) else {
            throw layer.error("\(name) is none, which would join the samples of a batch; name axes from 1 on")
        }
        var result: [Int] = []
        for axis in given { result.append(try self.axis(axis, of: tensor)) }
        guard Set(result).count == result.count else { throw refused(name, "each axis once") }
        return result.sorted()
    }
}

extension Graph {
    /// The number of rows of the first input, for messages.
    fileprivate var nominalBatch: Int { values.first?.type.shape.dimensions.first ?? 0 }
}
