import KerasFiles
import NeuralNetwork
public import Training

extension ModelCheckpoint {
    /// Saves whole models as `.keras` files, each of which appears whole or not at all.
    ///
    ///     try ModelCheckpoint("run/{epoch:02d}-{val_loss:.4f}.keras", keepNewest: 3)
    ///     try ModelCheckpoint("best.keras", monitor: "val_accuracy", saveBestOnly: true)
    ///
    /// - Throws: `TrainingError` for a path pattern or a number that cannot be meant.
    public convenience init(
        _ path: String, monitor: String = "val_loss", saveBestOnly: Bool = false, mode: Monitor.Mode = .auto,
        frequency: Frequency = .epoch, keepNewest: Int? = nil, initialValueThreshold: Double? = nil
    ) throws(TrainingError) {
        guard path.hasSuffix(".keras") else {
            throw TrainingError(.usage, "ModelCheckpoint: the path is \(path), expected one that ends in .keras")
        }
        try self.init(
            path, monitor: monitor, saveBestOnly: saveBestOnly, mode: mode, frequency: frequency,
            keepNewest: keepNewest, initialValueThreshold: initialValueThreshold, save: { try $0.save($1) })
    }
}
