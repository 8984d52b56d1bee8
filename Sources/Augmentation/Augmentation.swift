// Augmentation: random changes of samples: moved, turned, mirrored, recoloured, noisy, mixed.
//
// Values in, values out; no files, no threads. May import `Memory` and `CKernels`. What is drawn for a sample depends on
// (seed, epoch, sample) alone, what is drawn for a batch on (seed, epoch, position of its first sample). Ranges, centres
// and fill modes are those of Keras 3's Random… layers. Which rows are augmented, and when, is the business of
// `Conversion` and `DataSource`; `NeuralNetwork` says what a model's own layers ask for.
//
//   AugmentationSpec       what is asked for, in code or in words
//   Augmenter              draws and applies the changes of single rows
//   BatchMixer             draws and applies the changes that take several rows of a batch
