import Augmentation
import Memory

/// Suites that change made-up samples.
protocol AugmentedSamples {}

extension AugmentedSamples {
    var shape: Shape { [11, 9, 3] }

    func image(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 * $0 / 7 + $0 % 13) } }

    func applied(
        _ words: [String], _ row: [UInt8], shape: Shape, seed: UInt64 = 3, epoch: Int = 0, sample: Int = 0
    ) throws -> [UInt8] {
        try applied(
            AugmentationSpec(parsing: words), row, shape: shape, seed: seed, epoch: epoch, sample: sample)
    }

    func applied(
        _ spec: AugmentationSpec, _ row: [UInt8], shape: Shape, seed: UInt64 = 3, epoch: Int = 0, sample: Int = 0
    ) throws -> [UInt8] {
        let augmenter = try Augmenter(spec, rowShape: shape, type: .uint8, seed: seed)
        var output = [UInt8](repeating: 0, count: augmenter.outputBytes)
        row.withUnsafeBytes { input in
            output.withUnsafeMutableBytes {
                augmenter.apply(input, epoch: epoch, sample: sample, into: $0, scratch: GrowableBytes())
            }
        }
        return output
    }

    func changed(_ augmenter: Augmenter, _ values: [Float], sample: Int) -> [Float] {
        var output = [Float](repeating: .nan, count: augmenter.outputShape.elementCount)
        values.withUnsafeBytes { input in
            output.withUnsafeMutableBytes {
                augmenter.apply(input, epoch: 0, sample: sample, into: $0, scratch: GrowableBytes())
            }
        }
        return output
    }
}
