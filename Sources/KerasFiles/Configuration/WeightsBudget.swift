import Memory
import NeuralNetwork

/// How many numbers the layers of a file may have: a configuration with far more parameters than the file of weights can
/// hold is refused before memory for them is asked for.
final class WeightsBudget {
    /// Bytes of the file of weights; nil without one: then memory is the limit.
    private let weightsBytes: Int?
    /// Numbers that there may be: four bytes each, and a file may be compressed, but not to a hundredth.
    private let most: Int
    /// Layers whose parameters are counted, and how many numbers those are.
    private var counted: Set<ObjectIdentifier> = []
    private var parameterCount = 0

    /// The extent that stands in for open ones.
    let standIn: Int
    /// Whether an input has one.
    var metOpenAxes = false

    init(weightsBytes: Int?, standIn: Int = ModelInput.standIn) {
        self.weightsBytes = weightsBytes
        most = weightsBytes.map { $0 > Int.max / 25 ? Int.max : 25 * $0 + 24 } ?? MemoryLimit.bytes / 4
        self.standIn = standIn
    }

    /// Counts the parameters of a layer and of those within it that have not been counted.
    func add(_ layer: Layer, inputs: [Shape]) throws(ConfigurationError) {
        guard counted.insert(ObjectIdentifier(layer)).inserted else { return }
        for parameter in layer.parameters(for: inputs) {
            guard let count = LayerConfiguration.elementCount(parameter.shape.dimensions),
                count <= most - parameterCount
            else {
                let holder = weightsBytes.map { "model.weights.h5 of \($0) bytes" } ?? "this machine's memory"
                throw ConfigurationError(
                    "layer \"\(layer.name)\" (\(layer.kind)): \(parameter.name) has shape \(parameter.shape), more than "
                        + "\(holder) holds")
            }
            parameterCount += count
        }
        for sublayer in layer.sublayers(for: inputs) { try add(sublayer.layer, inputs: sublayer.inputs) }
    }
}
