import DataSource
import NeuralNetwork
import Training

/// The run that options of `train` describe, opened to be measured.
struct TunedRun {
    let model: Model
    let source: any Source
    let validation: (any Source)?
    let settings: FitSettings

    init(_ train: Train) throws {
        model = try train.weights.model(train.model)
        try train.compile(model)
        try train.freeze(model)
        var source = try train.data.source(for: model)
        var validation = train.validation.isEmpty ? nil : try train.data.source(train.validation, for: model)
        if let share = train.validationSplit {
            let (first, last) = try source.split(last: share)
            (source, validation) = (first, last)
        }
        self.source = try train.augmentation.apply(to: source)
        self.validation = validation
        var settings = train.settings
        settings.sampleWeights = try train.data.outputWeights(for: model)
        self.settings = settings
    }
}
