import Engine
import Memory
import NeuralNetwork

/// What one part of training keeps from update to update, so that checkpoints can hold it.
///
/// A part says what it has as numbers and tensors; what they mean is its own affair. To go on it is first given its
/// numbers and the tensors' shapes, makes places for these, and then gets their elements written into them.
protocol KeptState {
    /// Lists of numbers by name, exact.
    var numbers: [String: [Double]] { get }

    /// Each under a name of its own.
    var tensors: [StateTensor] { get }

    /// Takes numbers over, and makes places for tensors of these names and shapes: `tensors` has them afterwards.
    func prepare(numbers: [String: [Double]], tensors: [(name: String, shape: Shape)]) throws(TrainingError)
}

extension Session {
    /// All that a run's arithmetic depends on, part by part; their names stand in checkpoints.
    var keptParts: [(name: String, part: any KeptState)] {
        [
            ("weights", KeptWeights(model: model)), ("optimizer", optimizerUpdate), ("accumulated", accumulator),
            ("figures", KeptFigures(session: self)),
        ]
    }
}

/// All parameters: those that are trained, those that are not, and what layers remember from batch to batch.
private struct KeptWeights: KeptState {
    let model: Model

    var numbers: [String: [Double]] { [:] }

    var tensors: [StateTensor] {
        let store = model.store
        return store.stateNames.enumerated().map { store.stateTensor($0, named: $1) }
    }

    func prepare(numbers: [String: [Double]], tensors: [(name: String, shape: Shape)]) {}
}

/// The running sums of the epoch's figures.
private struct KeptFigures: KeptState {
    let session: Session

    var numbers: [String: [Double]] { session.figures.runningSums.map { ["running": $0] } ?? [:] }
    var tensors: [StateTensor] { [] }

    func prepare(numbers: [String: [Double]], tensors: [(name: String, shape: Shape)]) throws(TrainingError) {
        guard let running = numbers["running"] else { return session.figures.resetRunning() }
        try session.restoreRunning(running)
    }
}
