import HDF5Store
import NeuralNetwork

extension OptimizerFile {
    /// Reads what fits the model; where the file has another number of variables, the optimizer begins anew, as in Keras,
    /// and the model's `optimizerNote` says so.
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
                model.optimizerNote =
                    "the file \(file.path) has \(found) variables of the optimizer \(optimizer.kerasName), expected "
                    + "\(group.entries.count) or \(fresh.entries.count): other layers were trained when it was saved; "
                    + "the optimizer begins anew"
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
                let value = try isWhole ? readCount(object, from: file) : readNumber(object, from: file)
                var numbers = model.store.slots.numbers[name] ?? []
                numbers += Array(repeating: 0, count: max(0, place + 1 - numbers.count))
                numbers[place] = value
                model.store.slots.numbers[name] = numbers
            case .zero, .rate, .slot, .velocities: break
            }
        }
    }

    /// A number of updates in a row.
    private func readCount(_ object: String, from file: HDF5File) throws(HDF5Error) -> Float {
        let count = try file.readInteger(object)
        guard (0...Int64(LossScaleState.mostSteps)).contains(count) else {
            throw HDF5Error(
                .damaged, path: file.path, object: object,
                "expected a number of updates from 0 to \(LossScaleState.mostSteps), found \(count)")
        }
        return Float(count)
    }

    private func readNumber(_ object: String, from file: HDF5File) throws(HDF5Error) -> Float {
        let number = try WeightsFile.read(object, shape: [], of: "the optimizer", from: file)[0]
        guard number >= 0 else {
            throw HDF5Error(
                .damaged, path: file.path, object: object, "expected a number from 0 on, found \(number)")
        }
        return number
    }
}
