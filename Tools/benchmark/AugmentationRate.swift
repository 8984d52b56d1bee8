import Augmentation
import Foundation
import Memory

/// Images per second of one random change on all cores, each image with parameters of its own.
struct AugmentationRate {
    /// Changes by the names that the peers have, too.
    static let changes: [(name: String, words: [String])] = [
        ("flip", ["flip=horizontal"]), ("crop", ["crop"]), ("shift", ["shift=0.1"]), ("rotate", ["rotate=15"]),
        ("zoom", ["zoom=0.1"]), ("shear", ["shear=0.1"]), ("contrast", ["contrast=0.2"]),
        ("brightness", ["brightness=0.2"]), ("saturation", ["saturation=0.2"]), ("hue", ["hue=0.05"]),
        ("noise", ["noise=0.01"]), ("erase", ["erase=1"]), ("blur", ["blur=1.0"]), ("mixup", ["mixup=0.2"]),
        ("cutmix", ["cutmix=1.0"]), ("degenerate", ["degenerate=0.5"]), ("sharpness", ["sharpness=0.5"]),
        ("posterize", ["posterize=4"]), ("solarize", ["solarize=0.5"]), ("invert", ["invert=1"]),
        ("autocontrast", ["autocontrast"]), ("equalize", ["equalize"]), ("perspective", ["perspective=0.3"]),
        ("elastic", ["elastic=0.5"]), ("randaugment", ["randaugment=2"]), ("augmix", ["augmix=0.3"]),
    ]

    let size: Int
    let type: ScalarType
    let seconds: Double
    let threads: Int

    private static let batch = 32

    /// The best of five stretches of one change; nil for mixtures of bytes, which batches do not have.
    func measure(_ words: [String]) throws -> Double? {
        let words = words == ["crop"] ? ["crop=\(size * 7 / 8)x\(size * 7 / 8)"] : words
        let spec = try AugmentationSpec(parsing: words)
        if spec.mixesSamples && type == .uint8 { return nil }
        var best = 0.0
        for _ in 0..<5 { best = max(best, try stretch(spec)) }
        return best
    }

    private func stretch(_ spec: AugmentationSpec) throws -> Double {
        let body = spec.mixesSamples ? try mixing(spec) : try changing(spec)
        let total = Total()
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            let work = body(thread)
            work(0)
            let begin = ContinuousClock.now
            var count = 0
            var passed = 0.0
            repeat {
                work(count)
                count += Self.batch
                passed = begin.duration(to: .now) / .seconds(1)
            } while passed < seconds / 5
            total.add(Double(count) / passed)
        }
        return total.value
    }

    private var shape: Shape { [size, size, 3] }

    // Changes a batch of images, one by one, to another place.
    private func changing(_ spec: AugmentationSpec) throws -> @Sendable (Int) -> (Int) -> Void {
        let augmenter = try Augmenter(spec, rowShape: shape, type: type, seed: 1)
        let images = Self.images(count: Self.batch * shape.elementCount, type)
        return { thread in
            let output = UnsafeMutableRawBufferPointer.allocate(
                byteCount: Self.batch * augmenter.outputBytes, alignment: 64)
            let scratch = GrowableBytes()
            return { sample in
                images.withUnsafeBytes { images in
                    for index in 0..<Self.batch {
                        let (from, to) = (index * augmenter.inputBytes, index * augmenter.outputBytes)
                        augmenter.apply(
                            UnsafeRawBufferPointer(rebasing: images[from..<from + augmenter.inputBytes]), epoch: thread,
                            sample: sample + index,
                            into: UnsafeMutableRawBufferPointer(rebasing: output[to..<to + augmenter.outputBytes]),
                            scratch: scratch)
                    }
                }
            }
        }
    }

    // Mixes a batch of images and their targets in place.
    private func mixing(_ spec: AugmentationSpec) throws -> @Sendable (Int) -> (Int) -> Void {
        let mixer = try BatchMixer(spec.operations[0], rowShape: shape, seed: 1, stream: 0)
        let elements = shape.elementCount
        return { thread in
            let images = UnsafeMutablePointer<Float>.allocate(capacity: (Self.batch + 1) * elements)
            images.initialize(repeating: 0.5, count: (Self.batch + 1) * elements)
            let targets = UnsafeMutablePointer<Float>.allocate(capacity: Self.batch * 10)
            targets.initialize(repeating: 0.1, count: Self.batch * 10)
            return { sample in
                let pairs = mixer.draw(epoch: thread, position: sample, count: Self.batch)
                let scratch = images + Self.batch * elements
                mixer.mix(images, pairs, scratch: scratch)
                mixer.mixTargets(targets, 10, pairs, scratch: scratch)
            }
        }
    }

    private static func images(count: Int, _ type: ScalarType) -> [UInt8] {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 2_654_435_761 >> 7) }
        guard type == .float32 else { return bytes }
        return bytes.map { Float($0) / 255 }.withUnsafeBytes { Array($0) }
    }

    private final class Total: @unchecked Sendable {
        // Invariant behind `@unchecked Sendable`: guarded by the lock.
        private let lock = NSLock()
        private var sum = 0.0
        var value: Double { lock.withLock { sum } }
        func add(_ number: Double) { lock.withLock { sum += number } }
    }
}
