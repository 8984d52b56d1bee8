import DataSource
import Memory

/// What of a batch decides whether it fits a model, but for the number of rows: the types and shapes of its columns.
struct BatchForm {
    private let columns: [(type: ScalarType, rowShape: Shape)]
    private let inputCount: Int
    private let isWeighted: Bool
    private let isPrediction: Bool

    init(_ batch: borrowing Batch, _ mode: StepMode) {
        isPrediction = mode == .predict
        inputCount = batch.inputs.count
        isWeighted = batch.sampleWeight != nil
        var columns = batch.inputs.map { (type: $0.type, rowShape: $0.rowShape) }
        if !isPrediction {
            columns += batch.targets.map { (type: $0.type, rowShape: $0.rowShape) }
            if let weight = batch.sampleWeight { columns.append((weight.type, weight.rowShape)) }
        }
        self.columns = columns
    }

    /// Whether a batch has this form. Allocates nothing.
    func isForm(of batch: borrowing Batch, _ mode: StepMode) -> Bool {
        guard isPrediction == (mode == .predict), batch.inputs.count == inputCount else { return false }
        for (index, column) in batch.inputs.enumerated() where !isColumn(index, column) { return false }
        guard !isPrediction else { return true }
        guard inputCount + batch.targets.count + (isWeighted ? 1 : 0) == columns.count,
            isWeighted == (batch.sampleWeight != nil)
        else { return false }
        for (index, column) in batch.targets.enumerated() where !isColumn(inputCount + index, column) { return false }
        return batch.sampleWeight.map { isColumn(columns.count - 1, $0) } ?? true
    }

    private func isColumn(_ index: Int, _ column: BatchColumn) -> Bool {
        columns[index].type == column.type && columns[index].rowShape == column.rowShape
    }
}
