import HDF5Store
import NeuralNetwork

extension OptimizerFile {
    func write(to writer: HDF5Writer) throws(HDF5Error) {
        let slots = model.store.slots
        let demands = OptimizerState.demands(optimizer, model, trained)
        let hasSlots = demands.allSatisfy { slots.values($0.name, $0.parameter) != nil }
        let hasNumbers = optimizer is LossScaleOptimizer ? slots.numbers[LossScaleState.name] != nil : true
        try write(group(isBuilt: hasSlots && hasNumbers), to: writer)
    }

    private func write(_ group: Group, to writer: HDF5Writer) throws(HDF5Error) {
        try writer.createGroup("\(group.path)/vars")
        try writer.setAttribute("name", of: "\(group.path)/vars", group.name)
        for (index, entry) in group.entries.enumerated() {
            try write(entry, "\(group.path)/vars/\(index)", to: writer)
        }
        for inner in group.groups { try write(inner, to: writer) }
    }

    private func write(_ entry: Entry, _ object: String, to writer: HDF5Writer) throws(HDF5Error) {
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
                try writer.writeIntegers(object, [Int32(exactly: value.rounded()) ?? 0])
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
