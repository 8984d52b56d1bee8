import Engine
import Memory

/// An operation of Keras (`keras.ops`, `keras.activations`, operators) on the tensors of a Functional model, such as
/// `x * 2.0 + y`. It has no weights, and is no layer to Keras: no group of a file of weights is its own.
///
/// Axes count the batch, which is axis 0 and stays it: what would join samples is refused. Comparisons give 1 where they
/// hold, else 0, and can be masks.
public final class OperationLayer: Layer {
    /// What is done, by Keras's class names.
    public struct Function: Sendable, Hashable {
        public let name: String

        /// The operation of Keras's class name; nil for an unknown one.
        public init?(_ name: String) {
            guard OperationRule.all[name] != nil else { return nil }
            self.name = name
        }

        fileprivate init(known name: String) { self.name = name }

        public static let add = Function(known: "Add")
        public static let subtract = Function(known: "Subtract")
        public static let multiply = Function(known: "Multiply")
        public static let divide = Function(known: "Divide")
        public static let maximum = Function(known: "Maximum")
        public static let minimum = Function(known: "Minimum")
        public static let power = Function(known: "Power")

        /// All operations that there are.
        public static var names: [String] { OperationRule.all.keys.sorted() }
    }

    public let function: Function
    /// Settings that do not stand in the call, by Keras's names, in the order of a file.
    public let options: [(name: String, value: CallValue)]
    private let rule: OperationRule

    public init(_ function: Function, options: KeyValuePairs<String, CallValue> = [:], name: String = "") {
        self.function = function
        self.options = options.map { ($0.key, $0.value) }
        rule = OperationRule.all[function.name]!
        super.init(name: name)
    }

    package init(_ function: Function, options: [(name: String, value: CallValue)], name: String) {
        self.function = function
        self.options = options
        rule = OperationRule.all[function.name]!
        super.init(name: name)
    }

    override public var kind: String { function.name }

    /// Keras's module of the class.
    package var module: String { rule.module }

    override public var autocast: Bool { false }

    override public var inputArguments: [String] { rule.arguments }

    override public func outputShapes(of inputs: [Shape]) throws(ModelError) -> [Shape] {
        try outputShapes(of: inputs, arguments: [], batchSize: nil)
    }

    /// An extent that none of a sample is: where it appears, there is the batch.
    private static let trialBatch = 1_000_003

    override public func outputShapes(
        of inputs: [Shape], arguments: [CallArgument], batchSize: Int?
    ) throws(ModelError) -> [Shape] {
        let graph = Graph()
        let tensors = inputs.map { graph.input("", shape: $0.prepending(Self.trialBatch)) }
        let outputs = try rule.apply(OperationCall(self, rule, graph, tensors, arguments))
        for output in outputs {
            guard output.shape.rank > 0, output.shape[0] == Self.trialBatch,
                !output.shape.withoutFirst.dimensions.contains(where: { $0.isMultiple(of: Self.trialBatch) && $0 > 0 })
            else { throw error("would join the samples of a batch, or change their order; the inputs are \(inputs)") }
        }
        return outputs.map(\.shape.withoutFirst)
    }

    override public func outputTypes(of inputs: [ScalarType]) -> [ScalarType] {
        rule.type(self, inputs)
    }

    override public func call(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] {
        do {
            let call = try OperationCall(self, rule, context.graph, inputs, context.arguments)
            let types = rule.type(self, inputs.map(\.type.scalar))
            return try rule.apply(call).map { types[0] == .int32 ? $0.casted(to: .int32) : $0 }
        } catch {
            preconditionFailure("\(error)")
        }
    }
}
