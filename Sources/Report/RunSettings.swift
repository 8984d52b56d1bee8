import DataSource
import Engine
import Glibc
import Memory
import NeuralNetwork
import Training

/// What was trained, on what, how, and where, as tables.
struct RunSettings {
    let run: TrainingRun
    /// What the program says beside it.
    let extra: [(name: String, value: String)]

    init(_ run: TrainingRun, _ extra: [(name: String, value: String)]) {
        self.run = run
        self.extra = extra
    }

    /// The cap's bytes; nil without.
    static func cap(of run: TrainingRun) -> Int? { if case .cap(let bytes) = run.memory { bytes.bytes } else { nil } }

    var tables: [SettingsTable] { [model, data, training, machine] }

    private var model: SettingsTable {
        var table = SettingsTable("Model")
        table.add("name", run.model.name)
        table.add("parameters", NumberText.count(run.model.parameterCount))
        let frozen = run.model.layers.filter { !$0.isTrainable }.map(\.name)
        table.add("frozen layers", frozen.isEmpty ? nil : frozen.joined(separator: ", "))
        guard let compilation = run.model.compilation else { return table }
        table.add("optimizer", Self.text(of: compilation.optimizer))
        for (name, output) in zip(run.model.outputNames, compilation.outputs) {
            let of = compilation.outputs.count > 1 ? " of \(name)" : ""
            table.add(
                "loss\(of)", output.loss.map { $0.name + (output.lossWeight == 1 ? "" : " × \(output.lossWeight)") })
            let metrics = (output.metrics + output.weightedMetrics).map(\.name)
            table.add("metrics\(of)", metrics.joined(separator: ", "))
        }
        return table
    }

    private var data: SettingsTable {
        var table = SettingsTable("Data")
        for (name, value) in extra { table.add(name, value) }
        guard let source = run.source else { return table }
        func text(_ columns: [ColumnInfo]) -> String {
            columns.map { "\($0.name): \($0.type) \($0.rowShape)" }.joined(separator: ", ")
        }
        table.add("samples", NumberText.count(source.rowCount))
        table.add("blocks", NumberText.count(source.blocks.count))
        table.add("inputs", text(source.inputs))
        table.add("targets", text(source.targets))
        table.add("sample weights", source.sampleWeight.map { text([$0]) })
        table.add("read through the library", source.slowColumns.joined(separator: ", "))
        table.add("validation", run.hasValidation.map { $0 ? "yes" : "none" })
        return table
    }

    private var training: SettingsTable {
        var table = SettingsTable("Training")
        table.add("epochs", "\(run.epochs)")
        guard let settings = run.settings else { return table }
        if settings.initialEpoch > 0 { table.add("epochs done before", "\(settings.initialEpoch)") }
        table.add("batch size", "\(settings.batchSize)")
        table.add("computed in", run.plan?.stepSummary)
        table.add("updates of an epoch", settings.stepsPerEpoch.map { NumberText.count($0) })
        table.add("seed", "\(settings.seed)")
        table.add("order", run.plan?.shuffleSummary ?? settings.shuffle.rawValue)
        let weights = settings.classWeights?.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        table.add("class weights", weights?.joined(separator: ", "))
        table.add("memory cap", Self.cap(of: run).map { NumberText.bytes(Double($0)) } ?? "none")
        table.add("bad blocks", "\(settings.onBadBlock)")
        table.add("checkpoints", settings.checkpointing?.directory)
        return table
    }

    private var machine: SettingsTable {
        var table = SettingsTable("Machine")
        table.add("processor", Model.processorName)
        table.add("cores", "\(sysconf(Int32(_SC_NPROCESSORS_ONLN)))")
        table.add("compute threads", "\(ComputeThreads.count)")
        table.add("memory", NumberText.bytes(Double(ProcessMemory.physicalBytes)))
        table.add("system", Self.systemName)
        table.add("oneDNN", ComputeLibrary.version)
        return table
    }

    private static var systemName: String? {
        var name = utsname()
        guard uname(&name) == 0 else { return nil }
        func text(_ field: some Any) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return "\(text(name.sysname)) \(text(name.release)) \(text(name.machine))"
    }

    /// An optimizer with the numbers that it was made with.
    private static func text(of optimizer: any Optimizer) -> String {
        var parts = ["learning rate " + text(of: optimizer.schedule)]
        let children = Array(Mirror(reflecting: optimizer).children) + Mirror(reflecting: optimizer.options).children
        for (label, value) in children {
            guard let label, !["schedule", "name"].contains(label), let text = simpleText(value) else { continue }
            parts.append("\(label) \(text)")
        }
        return "\(type(of: optimizer).kind): " + parts.joined(separator: ", ")
    }

    /// A schedule, which is a number or has some.
    private static func text(of schedule: any LearningRateSchedule) -> String {
        if schedule.isConstant { return "\(schedule.learningRate(at: 0))" }
        let parts = Mirror(reflecting: schedule).children.compactMap { label, value in
            label.flatMap { label in simpleText(value).map { "\(label) \($0)" } }
        }
        return "\(type(of: schedule))" + (parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")
    }

    /// A number, a switch or a name; nil for what is not set and for anything else.
    private static func simpleText(_ value: Any) -> String? {
        switch value {
        case let number as Float: "\(number)"
        case let number as Double: "\(number)"
        case let number as Int: "\(number)"
        case let flag as Bool: flag ? "yes" : nil
        case let text as String: text
        case let clipping as OptimizerOptions.Clipping: "\(clipping)"
        default: nil
        }
    }
}
