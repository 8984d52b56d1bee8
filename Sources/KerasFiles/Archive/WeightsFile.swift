import HDF5Store
import Memory
import NeuralNetwork

/// `model.weights.h5`: one group a layer, and the optimizer's.
///
/// Groups of a model's layers are `layers/<class>[_n]`, counted by class in the order of the layers; those of layers
/// within a layer stand below its group, and a layer that is reached twice has the first one. `vars/<i>` are a layer's own
/// variables. What the optimizer has is `OptimizerFile`'s.
enum WeightsFile {
    /// Every layer once, with its group and the indices of its own parameters.
    private static func groups(of model: Model) -> [(layer: Layer, group: String, indices: [Int])] {
        var result: [(layer: Layer, group: String, indices: [Int])] = []
        var seen: Set<ObjectIdentifier> = [ObjectIdentifier(model)]
        func visit(_ sublayer: Sublayer, below group: String) {
            guard seen.insert(ObjectIdentifier(sublayer.layer)).inserted else { return }
            let own = group + sublayer.group
            let indices = model.registry.range(of: sublayer.layer).filter {
                model.parameters[$0].specification.isStored
            }
            result.append((sublayer.layer, own, indices))
            for inner in sublayer.layer.sublayers(for: sublayer.inputs) { visit(inner, below: own + "/") }
        }
        for sublayer in model.sublayers(for: model.inputs.map(\.shape)) { visit(sublayer, below: "") }
        return result
    }

    // MARK: Reading

    /// Reads all weights, and the optimizer's state if the file has one that fits.
    static func read(_ model: Model, from file: HDF5File) throws(HDF5Error) {
        try eachWeight(of: model, from: file) { model.setWeights($1, at: $0) }
        try OptimizerFile(model)?.read(from: file)
    }

    /// The values of all weights; the model stays as it is.
    static func weights(of model: Model, from file: HDF5File) throws(HDF5Error) -> [WeightValues] {
        var result: [WeightValues] = []
        try eachWeight(of: model, from: file) { result.append(WeightValues(index: $0, values: $1)) }
        return result
    }

    /// Passes on the index and the values of one weight after the other.
    private static func eachWeight(
        of model: Model, from file: HDF5File, _ receive: (Int, [Float]) -> Void
    ) throws(HDF5Error) {
        for (_, group, indices) in groups(of: model) {
            for (number, index) in indices.enumerated() {
                let specification = model.parameters[index].specification
                let (object, name) = ("\(group)/vars/\(number)", model.parameters[index].path)
                let values = try read(object, shape: specification.shape, of: name, from: file)
                guard specification.fileType != .int32 || values.allSatisfy({ Int32(exactly: $0) != nil }) else {
                    throw HDF5Error(
                        .damaged, path: file.path, object: object, "\(name) needs whole numbers that fit int32")
                }
                receive(index, values)
            }
        }
    }

    static func read(
        _ name: String, shape: Shape, of parameter: String, from file: HDF5File
    ) throws(HDF5Error) -> [Float] {
        guard try file.exists(name) else {
            throw HDF5Error(.noObject, path: file.path, object: name, "missing; it holds the weights of \(parameter)")
        }
        let found = Shape(try file.shape(of: name))
        guard found == shape else {
            throw HDF5Error(
                .damaged, path: file.path, object: name, "\(parameter) needs shape \(shape), found \(found)")
        }
        return try file.readFloats(name)
    }

    // MARK: Writing

    /// Writes weights, and the optimizer's state of a model that is compiled.
    static func write(_ model: Model, to writer: HDF5Writer) throws(HDF5Error) {
        for (layer, group, indices) in groups(of: model) {
            try writer.createGroup("\(group)/vars")
            try writer.setAttribute("name", of: "\(group)/vars", layer.name)
            for (number, index) in indices.enumerated() {
                let specification = model.parameters[index].specification
                let (name, shape) = ("\(group)/vars/\(number)", specification.shape.dimensions)
                let values = model.weights(at: index)
                if specification.fileType == .int32 {
                    try writer.writeIntegers(name, shape: shape, values.map { Int32($0) })
                } else {
                    try writer.writeFloats(name, shape: shape, values)
                }
            }
        }
        try writer.createGroup("vars")
        try writer.setAttribute("name", of: "vars", model.name)
        try OptimizerFile(model)?.write(to: writer)
    }
}
