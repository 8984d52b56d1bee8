import NeuralNetwork

extension LayerRegistry {
    static var recurrent: [any LayerCoding.Type] {
        [
            LSTM.self, GRU.self, SimpleRNN.self, RNN.self, LSTMCell.self, GRUCell.self, SimpleRNNCell.self,
            StackedRNNCells.self, Bidirectional.self, TimeDistributed.self,
        ]
    }
}
