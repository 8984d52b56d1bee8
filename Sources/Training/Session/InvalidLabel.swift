import DataSource
import Engine
import NeuralNetwork

/// A label of a batch that is no class.
struct InvalidLabel {
    /// In the batch.
    let row: Int
    let label: Int32
    /// The place of the column among the batch's targets.
    let column: Int
    /// What the output expects that the label is for.
    let demand: TargetDemand?

    func error(at place: String) -> TrainingError {
        let expected = demand.map { "; \($0.comparison) of \($0.output) expects \($0.specification.meaning)" } ?? ""
        return TrainingError(.data, "\(place) has label \(label)\(expected)")
    }
}

extension Model {
    /// The place of a label that ended a step on rows of a batch.
    ///
    /// - Parameter index: of the label among those of the rows: rows may have one label for each of their positions.
    func invalidLabel(
        _ label: Int32, at index: Int, of batch: borrowing Batch, _ rows: Range<Int>, _ plan: StepPlan,
        _ roles: TargetRoles?
    ) throws(TrainingError) -> InvalidLabel {
        let demands = try allTargetDemands(loss: nil)
        let isComplete = (roles?.targets.count ?? batch.targets.count) == demands.count
        var next = 0
        for (output, name) in plan.targetNames.enumerated() where name != nil {
            let place = isComplete ? output : next
            let column = roles?.targets[place] ?? place
            next += 1
            guard let demand = demands[output], demand.specification.type == .int32, batch.rowCount > 0 else {
                continue
            }
            let labels = batch.targets[column].bytes.bindMemory(to: Int32.self)
            let positions = labels.count / batch.rowCount
            let element = rows.lowerBound * positions + index
            guard element < rows.upperBound * positions, labels[element] == label,
                !(0..<demand.prediction.last).contains(Int(label))
            else { continue }
            return InvalidLabel(row: element / positions, label: label, column: column, demand: demand)
        }
        // A loss of one's own for this batch alone.
        return InvalidLabel(
            row: min(rows.lowerBound + index, rows.upperBound - 1), label: label, column: 0, demand: nil)
    }
}
