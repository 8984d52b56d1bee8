import JSONText
import NeuralNetwork

// A subclass decodes itself through `LayerRegistry`, which finds it by its own class name.
extension RNN: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Self {
        let sequence = try configuration.sequenceOptions()
        let layer: RNN
        switch configuration.kind {
        case LSTM.kind:
            layer = LSTM(named(try LSTMCell.decode(configuration)), sequence)
        case GRU.kind:
            layer = GRU(named(try GRUCell.decode(configuration)), sequence)
        case SimpleRNN.kind:
            layer = SimpleRNN(named(try SimpleRNNCell.decode(configuration)), sequence)
        default:
            guard let cell = try configuration.layer("cell") as? RNNCell else {
                throw configuration.error(
                    "cell is \(configuration.config["cell"]?["class_name"]?.text() ?? "absent"), expected a recurrent cell"
                )
            }
            layer = RNN(cell, sequence)
        }
        guard let result = layer as? Self else {
            throw configuration.error("is no \(Self.kind)")
        }
        return result
    }

    /// Keras's name of a cell that a layer makes itself.
    private static func named<Cell: RNNCell>(_ cell: Cell) -> Cell {
        cell.name = snakeCase(Cell.kind)
        return cell
    }

    var encoded: [JSONValue.Member] {
        guard type(of: self) != RNN.self else {
            return sequence.encoded + [.init(key: "cell", value: .object(LayerRegistry.encode(cell)))]
        }
        return sequence.encoded + ((cell as? any LayerCoding)?.encoded ?? [])
    }
}
