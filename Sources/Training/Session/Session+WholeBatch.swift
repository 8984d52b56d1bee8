import DataSource
import Engine
import NeuralNetwork

/// Parts of a batch that take statistics together.
extension Session {
    /// Runs all parts stage by stage, until all values of the whole batch are known.
    func exchange(
        _ key: StepKey, _ batch: borrowing Batch, _ parts: RowParts, _ options: StepOptions
    ) throws(TrainingError) {
        var key = key
        var row = 0
        // One plan for all parts but perhaps the last.
        while row < batch.rowCount {
            key.rows = min(parts.size, batch.rowCount - row)
            try bindValues(of: try plan(key, loss: options.loss))
            row += max(1, (batch.rowCount - row) / parts.size) * parts.size
        }
        guard let values = wholeBatchValues else { return }
        key.rows = parts.size
        let stageCount = try plan(key, loss: options.loss).stages?.stages.count ?? 0
        for stage in 0..<stageCount {
            values.begin(stage: stage)
            row = 0
            while row < batch.rowCount {
                let rows = row..<min(row + parts.size, batch.rowCount)
                key.rows = rows.count
                let plan = try plan(key, loss: options.loss)
                // It may have been made anew since the last stage.
                try bindValues(of: plan)
                let own = plan.stages!.stages[stage]
                try compute(
                    plan, batch, rows: rows, firstRow: row, classWeights: options.classWeights,
                    roles: options.roles, stage: own)
                values.add(stage: stage, own)
                row = rows.upperBound
            }
            values.finish(stage: stage)
        }
    }

    /// Names the memory of the values to all plans of a part.
    func bindValues(of plan: StepPlan) throws(TrainingError) {
        guard let stages = plan.stages else { return }
        if wholeBatchValues?.fits(stages.exchanges) != true { wholeBatchValues = WholeBatchValues(stages.exchanges) }
        for each in stages.stages + [plan.plan] + (stages.updates.map { [$0] } ?? []) {
            wholeBatchValues?.bind(to: each)
        }
    }
}
