import JSONText
import NeuralNetwork

extension LSTMCell: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> LSTMCell {
        LSTMCell(
            try configuration.positive("units"), try configuration.cellOptions(),
            unitForgetBias: try configuration.bool("unit_forget_bias", default: true))
    }

    var encoded: [JSONValue.Member] {
        encodedUnits(hasGates: true) + [.init(key: "unit_forget_bias", value: .bool(unitForgetBias))]
    }
}

extension GRUCell: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> GRUCell {
        GRUCell(
            try configuration.positive("units"), try configuration.cellOptions(),
            resetAfter: try configuration.bool("reset_after", default: true))
    }

    var encoded: [JSONValue.Member] {
        encodedUnits(hasGates: true) + [.init(key: "reset_after", value: .bool(resetAfter))]
    }
}

extension SimpleRNNCell: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> SimpleRNNCell {
        SimpleRNNCell(try configuration.positive("units"), try configuration.cellOptions())
    }

    var encoded: [JSONValue.Member] { encodedUnits(hasGates: false) }
}

extension StackedRNNCells: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> StackedRNNCells {
        let layers = try configuration.layers("cells")
        let cells = layers.compactMap { $0 as? RNNCell }
        guard !cells.isEmpty, cells.count == layers.count else {
            throw configuration.error("cells has \(layers.map(\.kind)), expected recurrent cells, at least one")
        }
        return StackedRNNCells(cells)
    }

    var encoded: [JSONValue.Member] {
        [.init(key: "cells", value: .array(cells.map { .object(LayerRegistry.encode($0)) }))]
    }
}
