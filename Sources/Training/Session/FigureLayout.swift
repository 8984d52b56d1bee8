import NeuralNetwork

/// The figures of a step: what they are called, and where their sums lie in flat memory.
struct FigureLayout {
    /// A figure that is computed from sums.
    struct MetricFigure {
        /// In logs; several results are numbered.
        let name: String
        let metric: any Metric
        /// Where the elements of each contribution lie.
        let ranges: [Range<Int>]
    }

    /// A tensor of the step's graph.
    struct Part {
        let outputName: String
        let range: Range<Int>
        /// A mean over the batch, which counts by the rows; others are sums already.
        let isMean: Bool
        /// Whether the step computes it: one that is for a share of the loss leaves out what belongs to others.
        var isComputed = true
    }

    /// `loss`, then one for each output that has a loss when there are several.
    private(set) var losses: [String] = []
    private(set) var metrics: [MetricFigure] = []
    private(set) var parts: [Part] = []
    /// Numbers of all parts.
    private(set) var count = 0

    /// Says that the step does not compute a figure of the given output.
    mutating func leaveOut(_ outputName: String) {
        for index in parts.indices where parts[index].outputName == outputName { parts[index].isComputed = false }
    }

    /// Adds a loss; returns the name of the plan's output.
    mutating func addLoss(_ name: String) -> String {
        losses.append(name)
        return addPart(1, isMean: true).outputName
    }

    /// Adds a metric whose contributions have the given numbers of elements; returns the names of the plan's outputs.
    mutating func add(_ metric: any Metric, named name: String, elements: [Int]) -> [String] {
        let parts = elements.map { addPart($0, isMean: false) }
        metrics.append(MetricFigure(name: unused(name), metric: metric, ranges: parts.map(\.range)))
        return parts.map(\.outputName)
    }

    private mutating func addPart(_ elements: Int, isMean: Bool) -> Part {
        let part = Part(
            outputName: "figure_\(parts.count)", range: count..<count + elements, isMean: isMean)
        parts.append(part)
        count += elements
        return part
    }

    // `mae`, `mae_1`, …, as Keras has it.
    private func unused(_ name: String) -> String {
        let names = Set(losses + metrics.map(\.name))
        guard names.contains(name) else { return name }
        return (1...).lazy.map { "\(name)_\($0)" }.first { !names.contains($0) }!
    }

    /// Whether a larger value of a figure is a better one; nil where that is not known.
    func isBetterWhenLarger(_ name: String) -> Bool? {
        if losses.contains(name) { return false }
        let figure = metrics.first { figure in
            if figure.name == name { return true }
            // Several results are numbered.
            return name.hasPrefix(figure.name + "_") && Int(name.dropFirst(figure.name.count + 1)) != nil
        }
        return figure?.metric.isBetterWhenLarger
    }

    /// The figures from sums over `rows` rows; not a number before the first row.
    func logs(_ sums: UnsafeBufferPointer<Double>, rows: Double) -> Logs {
        let loss = { (index: Int) in rows > 0 ? sums[index] / rows : .nan }
        var figures: [(name: String, value: Double)] = []
        for index in losses.indices.dropFirst() { figures.append((losses[index], loss(index))) }
        for figure in metrics {
            let results = rows > 0 ? figure.metric.results(MetricSums(sums, figure.ranges)) : [.nan]
            guard results.count != 1 else {
                figures.append((figure.name, results[0]))
                continue
            }
            for (number, value) in results.enumerated() { figures.append(("\(figure.name)_\(number)", value)) }
        }
        return Logs(loss: loss(0), metrics: figures)
    }
}

/// Sums of a step's figures, of one batch or of many.
final class FigureSums {
    private(set) var rows = 0.0
    private let values: UnsafeMutableBufferPointer<Double>

    init(count: Int) {
        values = .allocate(capacity: max(1, count))
        values.initialize(repeating: 0)
    }

    deinit { values.deallocate() }

    var buffer: UnsafeBufferPointer<Double> { UnsafeBufferPointer(values) }

    func reset() {
        rows = 0
        values.update(repeating: 0)
    }

    /// Adds the figures of the last run of a plan.
    ///
    /// - Parameter lossFactor: of what is a mean over the batch.
    func add(_ plan: StepPlan, rows: Int, lossFactor: Double) {
        self.rows += Double(rows)
        for part in plan.figures.parts where part.isComputed {
            let numbers = plan.plan.output(part.outputName)
            let factor = part.isMean ? lossFactor : 1
            for (index, place) in part.range.enumerated() { values[place] += Double(numbers[index]) * factor }
        }
    }

    /// Multiplies some of the sums.
    func scale(_ places: Range<Int>, by factor: Double) {
        for place in places { values[place] *= factor }
    }

    /// Replaces rows and sums.
    func set(rows: Double, _ sums: some Collection<Double>) {
        self.rows = rows
        _ = values.update(fromContentsOf: sums)
    }

    /// Adds the sums of other rows.
    func add(_ other: FigureSums) {
        rows += other.rows
        for index in values.indices { values[index] += other.values[index] }
    }
}
