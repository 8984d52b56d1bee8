/// Figures by epoch: Keras's History.
public struct History: Sendable {
    /// The epochs that ran, from 1.
    public private(set) var epochs: [Int] = []
    /// The names in the order of their first appearance.
    public private(set) var names: [String] = []
    private var values: [String: [Double]] = [:]

    public init() {}

    /// The values of a figure, one per epoch in which it was computed.
    public subscript(name: String) -> [Double] { values[name] ?? [] }

    /// The figures of epochs that ran before: for each name its values.
    init(epochs: [Int], figures: [(name: String, values: [Double])]) {
        self.epochs = epochs
        names = figures.map(\.name)
        for (name, values) in figures { self.values[name] = values }
    }

    mutating func append(_ report: EpochReport) {
        epochs.append(report.epoch)
        for (name, value) in report.figures {
            if values[name] == nil { names.append(name) }
            values[name, default: []].append(value)
        }
    }
}
