// Conversion: from the files that people have to datasets of shards, and back to HDF5.
//
// `Inputs/` holds a reader for each kind of file, all behind `RowInput`; `Pipeline/` runs them in parallel, in order and
// in bounded memory, into a `ShardFileWriter`; `Export/` writes HDF5. May import everything below `Engine`. Knows nothing
// of models.
