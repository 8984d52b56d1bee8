// Augmentation draws from these numbers too, below this target.
@_exported public import struct Memory.SampleRandom
