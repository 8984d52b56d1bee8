/// Random numbers that belong to one sample of one epoch, whoever asks for them and when.
///
/// A counter-based generator keyed by (seed, epoch, sample): augmentation that draws from it gives the same result for any
/// number of threads, any batch size, and after resuming. `sample` is the sample's row in the source, so that
/// it also does not depend on the order. The numbers are those of SplitMix64 (Steele, Lea, Flood 2014).
public struct SampleRandom: RandomNumberGenerator, Sendable {
    private static let purpose: UInt64 = 0x73616d706c65

    private var numbers: SplitMix64

    /// The random numbers of one sample. `stream` tells independent uses apart, such as two augmentations.
    public init(seed: UInt64, epoch: Int, sample: Int, stream: Int = 0) {
        // One word after the other through the mixer: sums or exclusive-ors of two of them would collide.
        let sampleKey = mixed(mixed(seed) ^ UInt64(bitPattern: Int64(sample)))
        let key = mixed(sampleKey ^ UInt64(bitPattern: Int64(stream)))
        numbers = SplitMix64(seed: key, epoch: epoch, purpose: Self.purpose)
    }

    /// 64 random bits.
    public mutating func next() -> UInt64 { numbers.next() }

    /// A number from 0 up to, and not including, 1: 24 random bits, every float of that spacing equally likely.
    public mutating func nextUnit() -> Float { Float(numbers.next() >> 40) * 0x1p-24 }
}
