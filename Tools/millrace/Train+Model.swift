import NeuralNetwork
import Training

/// What the options change in the model before it is trained.
extension Train {
    /// Compiles with the options, where the model's own configuration does not do.
    func compile(_ model: Model) throws {
        if let problem = model.compilationProblem, optimizer == nil || loss == nil {
            throw CommandFailure(
                .usage, "the model's own compile configuration cannot be used: \(problem); name --optimizer and --loss")
        }
        let chosenLoss = try self.chosenLoss()
        let chosenMetrics = try self.chosenMetrics()
        if model.compilation != nil, optimizer == nil {
            // Another loss or other metrics leave the optimizer and what it has learned alone.
            if chosenLoss != nil || chosenMetrics != nil {
                try model.recompile(loss: chosenLoss, metrics: chosenMetrics)
            }
        } else {
            var outputs = model.compilation?.outputs ?? model.outputNames.map { _ in OutputCompilation() }
            for index in outputs.indices {
                if let chosenLoss { outputs[index].loss = chosenLoss }
                if let chosenMetrics { outputs[index].metrics = chosenMetrics }
            }
            guard outputs.contains(where: { $0.loss != nil }) else {
                throw CommandFailure(.usage, "the model has no loss; name one with --loss")
            }
            var chosen: any Optimizer = Adam()
            if let optimizer {
                guard let named = namedOptimizer(optimizer) else {
                    let known = optimizerNames.joined(separator: ", ")
                    throw CommandFailure(.usage, "--optimizer \(optimizer): unknown; supported are \(known)")
                }
                chosen = named
            }
            try model.compile(optimizer: chosen, outputs: outputs)
        }
        if let learningRate { model.learningRate = learningRate }
        if let learningRateSchedule {
            let schedule: any LearningRateSchedule
            do {
                schedule = try ScheduleText.parse(learningRateSchedule, learningRate: model.learningRate ?? 0)
            } catch {
                throw CommandFailure(.usage, "--lr-schedule \(error.description)")
            }
            model.compilation?.optimizer.schedule = schedule
        }
    }

    private func chosenLoss() throws -> (any Loss)? {
        guard let loss else { return nil }
        guard let named = namedLoss(loss) else {
            throw CommandFailure(
                .usage,
                "--loss \(loss): unknown; supported are \(lossNames.joined(separator: ", "))")
        }
        return named
    }

    private func chosenMetrics() throws -> [any Metric]? {
        try metrics?.split(separator: ",").map { name in
            guard let metric = namedMetric(String(name)) else {
                let known = allMetricNames.joined(separator: ", ")
                throw CommandFailure(.usage, "--metrics \(name): unknown; supported are \(known)")
            }
            return metric
        }
    }

    /// Whether a name matches a pattern in which `*` stands for any text.
    private func matches(_ name: String, _ pattern: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 1 else { return name == pattern }
        guard name.hasPrefix(parts[0]) else { return false }
        var rest = name.dropFirst(parts[0].count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(parts[parts.count - 1])
    }

    /// Freezes the layers that `--freeze` names.
    func freeze(_ model: Model) throws {
        for pattern in freeze {
            let names = model.allLayers.map(\.name)
            guard names.contains(where: { matches($0, pattern) }) else {
                throw CommandFailure(
                    .usage, "--freeze \(pattern): matches no layer; the model has \(names.joined(separator: ", "))")
            }
            model.setTrainable(false) { matches($0, pattern) }
        }
    }
}
