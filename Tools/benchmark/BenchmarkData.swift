import ArgumentParser
import Memory
import Millrace

/// Where the samples come from.
enum BenchmarkData: String, CaseIterable, ExpressibleByArgument {
    /// Arrays that were made or read before the clock starts.
    case memory
    /// Streamed and decompressed while training.
    case hdf5

    /// Samples and labels for a model.
    ///
    /// - Parameter rows: how many there are, when no file says so.
    func source(
        _ model: BenchmarkModel, _ precision: Precision, file path: String?, rows: Int
    ) throws -> any Source {
        guard model.readsImages, let path else {
            guard self == .memory else {
                throw CaseFailure("--data hdf5 needs --hdf5 FILE, and a model that takes its images: convnet or mlp")
            }
            return Self.random(model, model.inputShape(precision), rows: rows)
        }
        let file = try HDF5Source(path)
        guard self == .memory else {
            guard model.takesRawImages(precision) else {
                throw CaseFailure(
                    "\(model.rawValue) in \(precision.rawValue) takes scaled images: run it with --data memory")
            }
            return file
        }
        var images: [Float] = []
        var labels: [Int32] = []
        let stream = try file.batches(of: 1000, shuffle: .none)
        while let batch = try stream.next() {
            images += Array(batch.inputs[0].floats)
            labels += Array(batch.targets[0].integers)
        }
        if !model.takesRawImages(precision) { images = images.map { $0 / 255 } }
        return ArraySource(
            inputs: [ArrayColumn("images", images, rowShape: model.inputShape(precision))],
            targets: [ArrayColumn("labels", labels)])
    }

    /// Numbers in 0...1, or tokens, with labels that have nothing to do with them: losses stay large, and gradients do
    /// not shrink to denormal numbers.
    static func random(_ model: BenchmarkModel, _ shape: Shape, rows: Int) -> ArraySource {
        let specification = model.specification
        var random = SplitMix64(seed: 1, epoch: 0, purpose: 0)
        let count = rows * shape.elementCount
        let samples: ArrayColumn
        if let tokens = specification.tokens {
            samples = ArrayColumn(
                "samples", (0..<count).map { _ in Int32(random.next(below: tokens)) }, rowShape: shape)
        } else {
            samples = ArrayColumn(
                "samples", (0..<count).map { _ in Float(random.next() >> 40) * 0x1p-24 }, rowShape: shape)
        }
        let labels = (0..<rows * specification.labelShape.elementCount).map { _ in
            Int32(random.next(below: specification.classes))
        }
        return ArraySource(
            inputs: [samples], targets: [ArrayColumn("labels", labels, rowShape: specification.labelShape)])
    }
}

extension BenchmarkModel {
    /// What the model's input is: the MLP that takes raw images has their shape.
    func inputShape(_ precision: Precision) -> Shape {
        self == .mlp && takesRawImages(precision) ? [28, 28] : specification.shape
    }
}
