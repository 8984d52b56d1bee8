// DataSource: where samples come from, in which order, and how they become batches.
//
// A `Source` says what its columns are and decodes blocks of rows; `OrderRules` decide which row is the n-th sample;
// `BatchStream` decodes ahead on worker threads, within bytes that a ledger granted, and lends batches.
//
//   Columns/   what a column is, how it is found by name, and what it becomes on its way into a batch
//   Kinds/     sources of arrays and streams, and sources made of other sources
//   HDF5/      sources of HDF5 files
//   Shards/    sources of datasets of shards
//   Order/     shuffle policies as pure functions, their quality, positions, random numbers of a sample
//   Prefetch/  what is held in memory, who decodes and fills what next, and what the workers did
//   Batches/   options, streams, batches and the place from which a stream resumes
//
// May import `Augmentation`, `CKernels`, `Codecs`, `Files`, `HDF5Store`, `Images`, `JSONText`, `Memory`, `Shards` and `Workers`; knows
// nothing of models. The knobs (batch size, window, queue, workers) are `BatchOptions`; who divides a memory cap among
// them is the planner in `Training`.
