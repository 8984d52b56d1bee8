import Augmentation
import DataSource
import Memory
import NeuralNetwork

/// What a source must be for this model.
extension Model {
    /// Refuses a source that does not fit the model; says what its targets become.
    func checkSource(_ source: any Source, _ roles: TargetRoles? = nil) throws(TrainingError) -> [ScalarType] {
        try checkInputs(source.inputs)
        let inputShapes = openShapes(of: source)
        let targets = roles?.targets(of: source.targets) ?? source.targets
        let demands = try checkTargets(targets, inputShapes: inputShapes)
        try refuseMixedClasses(source, targets, demands, roles)
        if let weight = source.sampleWeight { try checkSampleWeight(weight, inputShapes: inputShapes) }
        try checkWeights(source.targets, roles, inputShapes: inputShapes)
        var types = source.targets.map { _ in ScalarType.float32 }
        for (place, demand) in zip(roles?.targets ?? Array(targets.indices), demands) {
            types[place] = demand?.specification.type ?? .float32
        }
        return types
    }

    /// The columns of a source that weigh the samples of single outputs; nil when none are asked for.
    func roles(of source: any Source, _ sampleWeights: [String: String]) throws(TrainingError) -> TargetRoles? {
        try roles(of: source.targets.map(\.name), sampleWeights, hasCommonWeights: source.sampleWeight != nil)
    }

    /// The same for validation data, which may have no weights.
    func validationRoles(
        of source: any Source, _ sampleWeights: [String: String]
    ) throws(TrainingError) -> TargetRoles? {
        let names = source.targets.map(\.name)
        let isWeighted = sampleWeights.values.contains { column in names.contains { Self.isSame($0, column) } }
        return isWeighted ? try roles(of: source, sampleWeights) : nil
    }

    /// Class numbers have nothing between them, also those that a file holds as floats.
    private func refuseMixedClasses(
        _ source: any Source, _ targets: [ColumnInfo], _ demands: [TargetDemand?], _ roles: TargetRoles?
    ) throws(TrainingError) {
        let stages = source.inputs.compactMap(\.augmentation).flatMap(\.stages)
        guard let mixing = stages.first(where: { $0.operation.mixesSamples && $0.mixesTargets }) else { return }
        if let weight = roles?.weights.first {
            throw TrainingError(
                .usage,
                "\(mixing.operation.name) mixes all targets, and \"\(source.targets[weight.column].name)\" holds sample "
                    + "weights of one output; weigh samples of all outputs (--sample-weight COLUMN), or leave out "
                    + "\(mixing.operation.name)")
        }
        guard
            let index = demands.firstIndex(where: { $0?.specification.type == .int32 })
        else { return }
        throw TrainingError(
            .usage,
            "\(mixing.operation.name) mixes targets, and \(demands[index]!.comparison) takes class numbers of "
                + "\"\(targets[index].name)\"; make rows over classes of them (--one-hot) and train with "
                + "categorical_crossentropy")
    }
}
