// Augmentation: random changes of samples: moved, turned, mirrored, noisy.
//
// Values in, values out; no files, no threads. May import `Memory` and `CKernels`. What is drawn for a sample depends on
// (seed, epoch, sample) alone. Ranges, centres and fill modes are those of Keras 3's Random… layers. Which rows are
// augmented, and when, is the business of `Conversion` and `DataSource`.
