// Training: compile, fit, evaluate, predict and the three …OnBatch calls, all of them loops over one step.
//
//   Session/     the step: planned graphs by batch size, parameters, optimizer, running means
//   Loop/        fit, evaluate, predict over a source; what drives callbacks; history, progress
//   Callbacks/   Keras's callbacks, one a file
//   Memory/      how a cap is divided before the run
//   Checkpoint/  all of a run's state in files, from which it goes on to the same bytes
//   Statistics/  one pass over a column: its statistics, and layers that are adapted to them
//   Custom/      steps that a user describes
//   Tuning/      what this machine, model and data can do, and the settings that follow
//
// May import DataSource, Engine, NeuralNetwork, JSONText, Augmentation (random layers at the input), CKernels, Codecs (for
// checksums, and what shards would cost), Memory, Workers. Data and engine meet here, over plain buffers and shapes. This target owns batch size, epochs and the division of memory. It prints
// nothing but `ProgressLine` and, unless told otherwise, the notes of `Checkpointing`.

/// The loss and metrics of a batch, or their means over several.
public struct Logs: Sendable, Equatable {
    public var loss: Double
    /// The losses of single outputs where there are several, then metrics, by Keras's names and in the order of `compile`.
    public var metrics: [(name: String, value: Double)]

    public init(loss: Double, metrics: [(name: String, value: Double)] = []) {
        self.loss = loss
        self.metrics = metrics
    }

    /// A figure by name: `loss` or a metric.
    public subscript(name: String) -> Double? {
        name == "loss" ? loss : metrics.first { $0.name == name }?.value
    }

    /// All figures by Keras's names, the loss first.
    public var all: [(name: String, value: Double)] { [("loss", loss)] + metrics }

    public static func == (left: Logs, right: Logs) -> Bool {
        left.loss == right.loss && left.metrics.map(\.name) == right.metrics.map(\.name)
            && left.metrics.map(\.value) == right.metrics.map(\.value)
    }
}
