// Files: bytes of files by position, for every reader of data: tried again when a disk is busy, noticed when they
// change, asked for ahead and dropped behind in the kernel's page cache.
//
// May import `Workers`. What the bytes mean is the business of `HDF5Store` and `Shards`.
