import HDF5Store
import Memory
import NeuralNetwork

/// The optimizer's part of `model.weights.h5`, as Keras numbers it in `optimizer/vars`.
///
/// First the updates made, and the step size where it is no schedule. Then, once there was an update: the averages of all
/// trained variables, their accumulated gradients, and the slots, variable by variable, group after group. Optimizers that
/// stand around others have the numbers of these behind their own, and these have groups of their own besides.
struct OptimizerFile {
    /// One number or array of the list.
    enum Entry {
        case iteration
        /// A whole number that is always 0.
        case zero
        case rate(Float)
        case slot(String, parameter: Int, shape: Shape)
        /// What follows from the two means that are kept of a parameter.
        case velocities(parameter: Int, shape: Shape)
        /// One of the numbers that are kept under a name.
        case number(String, Int, isWhole: Bool)
    }

    /// A group with its list, and the groups below it.
    struct Group {
        let path: String
        let name: String
        let entries: [Entry]
        let groups: [Group]
    }

    let model: Model
    private let optimizer: any Optimizer
    private let trained: [Int]

    /// Nil for a model that is not compiled.
    init?(_ model: Model) {
        guard let optimizer = model.compilation?.optimizer else { return nil }
        self.model = model
        self.optimizer = optimizer
        trained = model.parameters.indices.filter { model.parameters[$0].isTrainable }
    }

    // MARK: The list

    /// The groups of the optimizer.
    ///
    /// - Parameter isBuilt: whether there was an update.
    private func group(isBuilt: Bool) -> Group {
        group(optimizer, "optimizer", isBuilt: isBuilt, isScaled: false)
    }

    private func group(_ optimizer: any Optimizer, _ path: String, isBuilt: Bool, isScaled: Bool) -> Group {
        switch optimizer {
        case let scaled as LossScaleOptimizer:
            let inner = group(scaled.inner, "\(path)/inner_optimizer", isBuilt: isBuilt, isScaled: true)
            let name = LossScaleState.name
            let own: [Entry] = isBuilt ? [.number(name, 0, isWhole: true), .number(name, 1, isWhole: false)] : []
            return Group(
                path: path, name: scaled.kerasName, entries: [.zero, .rate(0)] + own + inner.entries, groups: [inner])
        case let multiple as MultiOptimizer:
            var counts: [String: Int] = [:]
            let groups = multiple.parts.enumerated().map { index, part in
                let stem = snakeCase(type(of: part).kind)
                let count = counts[stem, default: 0]
                counts[stem] = count + 1
                let own = trained.filter { multiple.part(for: model.variable($0)) == index }
                return Group(
                    path: "\(path)/optimizers/\(stem)\(count == 0 ? "" : "_\(count)")", name: part.kerasName,
                    entries: entries(part, index, own, isBuilt: isBuilt), groups: [])
            }
            return Group(
                path: path, name: multiple.kerasName,
                entries: [.iteration, .rate(0)] + groups.flatMap(\.entries), groups: groups)
        default:
            return Group(
                path: path, name: optimizer.kerasName, entries: entries(optimizer, 0, trained, isBuilt: isBuilt),
                groups: [])
        }
    }

    /// The list of an optimizer that has a formula.
    private func entries(
        _ optimizer: any Optimizer, _ part: Int, _ parameters: [Int], isBuilt: Bool
    ) -> [Entry] {
        var result: [Entry] = [parameters.isEmpty ? .zero : .iteration]
        if ScheduleCoding.isNumber(optimizer.schedule) {
            result.append(.rate(optimizer.learningRate(at: model.iterations)))
        }
        guard isBuilt else { return result }
        func shape(_ index: Int) -> Shape { model.parameters[index].specification.shape }
        if optimizer.options.movingAverage != nil {
            result += parameters.map { .slot(OptimizerState.average, parameter: $0, shape: shape($0)) }
        }
        if optimizer.options.accumulationSteps != nil {
            result += parameters.map { .slot(OptimizerState.accumulator, parameter: $0, shape: shape($0)) }
        }
        let slots = parameters.map { (index: $0, slots: optimizer.slots(for: model.variable($0))) }
        for group in 0...(slots.flatMap { $0.slots.map(\.group) }.max() ?? 0) {
            for (index, slots) in slots {
                result += slots.filter { $0.group == group }.map { entry($0, index, shape(index)) }
            }
        }
        let name = OptimizerState.numbers(ofPart: part)
        return parameters.isEmpty
            ? result : result + optimizer.numbers.indices.map { .number(name, $0, isWhole: false) }
    }

    private func entry(_ slot: OptimizerSlot, _ index: Int, _ shape: Shape) -> Entry {
        switch slot.storage {
        case .likeWeights: .slot(slot.name, parameter: index, shape: shape)
        case .rowMajor(let own): .slot(slot.name, parameter: index, shape: own)
        // Only Adafactor has slots that are not kept: those of vectors, and what follows from the means of matrices.
        case .absent: shape.rank < 2 ? .zero : .velocities(parameter: index, shape: shape)
        }
    }

    // MARK: Reading

    /// Reads what fits the model; where the file has another number of variables, the optimizer begins anew, as in Keras,
    /// and the model's `compilationProblem` says so.
    func read(from file: HDF5File) throws(HDF5Error) {
        guard try file.exists("optimizer/vars/0") else { return }
        var group = group(isBuilt: true)
        func exists(_ index: Int) throws(HDF5Error) -> Bool { try file.exists("optimizer/vars/\(index)") }
        guard try exists(group.entries.count - 1), try !exists(group.entries.count) else {
            let fresh = self.group(isBuilt: false)
            if try exists(fresh.entries.count - 1), try !exists(fresh.entries.count) {
                group = fresh
                try readNumbers(group, from: file)
            } else {
                var found = 0
                while try exists(found) { found += 1 }
                model.compilationProblem =
                    "the file has \(found) variables of the optimizer, expected \(group.entries.count) or "
                    + "\(fresh.entries.count); it begins anew"
            }
            return
        }
        do {
            try model.store.slots.require(OptimizerState.demands(optimizer, model, trained))
        } catch {
            throw HDF5Error(.damaged, path: file.path, object: "optimizer", "\(error)")
        }
        try readNumbers(group, from: file)
        for (index, entry) in group.entries.enumerated() {
            guard case .slot(let name, let parameter, let shape) = entry else { continue }
            let values = try WeightsFile.read(
                "optimizer/vars/\(index)", shape: shape, of: "\(name) of \(model.store.entries[parameter].name)",
                from: file)
            do {
                try model.store.slots.write(values, to: name, parameter)
            } catch {
                throw HDF5Error(.damaged, path: file.path, object: "optimizer/vars/\(index)", "\(error)")
            }
        }
    }

    private func readNumbers(_ group: Group, from file: HDF5File) throws(HDF5Error) {
        for (index, entry) in group.entries.enumerated() {
            let object = "optimizer/vars/\(index)"
            switch entry {
            case .iteration:
                let iterations = try file.readInteger(object)
                guard (0...Int64(Int32.max)).contains(iterations) else {
                    throw HDF5Error(
                        .damaged, path: file.path, object: object, "expected a number of updates, found \(iterations)")
                }
                model.iterations = max(model.iterations, Int(iterations))
            case .number(let name, let place, let isWhole):
                let value =
                    isWhole
                    ? Float(try file.readInteger(object))
                    : try WeightsFile.read(object, shape: [], of: "the optimizer", from: file)[0]
                var numbers = model.store.slots.numbers[name] ?? []
                numbers += Array(repeating: 0, count: max(0, place + 1 - numbers.count))
                numbers[place] = value
                model.store.slots.numbers[name] = numbers
            case .zero, .rate, .slot, .velocities: break
            }
        }
    }

    // MARK: Writing

    func write(to writer: HDF5ImageWriter) throws(HDF5Error) {
        let slots = model.store.slots
        let demands = OptimizerState.demands(optimizer, model, trained)
        let hasSlots = demands.allSatisfy { slots.values($0.name, $0.parameter) != nil }
        let hasNumbers = optimizer is LossScaleOptimizer ? slots.numbers[LossScaleState.name] != nil : true
        try write(group(isBuilt: hasSlots && hasNumbers), to: writer)
    }

    private func write(_ group: Group, to writer: HDF5ImageWriter) throws(HDF5Error) {
        try writer.createGroup("\(group.path)/vars")
        try writer.setAttribute("name", of: "\(group.path)/vars", group.name)
        for (index, entry) in group.entries.enumerated() {
            try write(entry, "\(group.path)/vars/\(index)", to: writer)
        }
        for inner in group.groups { try write(inner, to: writer) }
    }

    private func write(_ entry: Entry, _ object: String, to writer: HDF5ImageWriter) throws(HDF5Error) {
        switch entry {
        case .iteration: try writer.writeIntegers(object, [Int32(truncatingIfNeeded: model.iterations)])
        case .zero: try writer.writeIntegers(object, [Int32(0)])
        case .rate(let rate): try writer.writeFloats(object, shape: [], [rate])
        case .slot(let name, let parameter, let shape):
            try writer.writeFloats(object, shape: shape.dimensions, try values(name, parameter))
        case .velocities(let parameter, let shape):
            let values = Adafactor.velocities(
                of: shape, rowMeans: try values(Adafactor.rowMeans, parameter),
                columnMeans: try values(Adafactor.columnMeans, parameter))
            try writer.writeFloats(object, shape: shape.dimensions, values)
        case .number(let name, let place, let isWhole):
            // A part's numbers that were never changed are what they begin as.
            let value = model.store.slots.numbers[name]?[place] ?? initialNumber(name, place)
            if isWhole {
                try writer.writeIntegers(object, [Int32(value)])
            } else {
                try writer.writeFloats(object, shape: [], [value])
            }
        }
    }

    private func initialNumber(_ name: String, _ place: Int) -> Float {
        for (index, part) in optimizer.parts.enumerated() where OptimizerState.numbers(ofPart: index) == name {
            return part.numbers[place]
        }
        return 0
    }

    private func values(_ name: String, _ parameter: Int) throws(HDF5Error) -> [Float] {
        do {
            return try model.store.slots.read(name, parameter)!
        } catch {
            throw HDF5Error(.damaged, path: "model.weights.h5", object: "optimizer", "\(name): \(error)")
        }
    }
}
