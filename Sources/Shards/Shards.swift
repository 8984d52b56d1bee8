// Shards: the shard format: its columns, its files, its manifest.
//
// A dataset is a directory of `shard-00000.zst`, `shard-00001.zst`, … and `manifest.json`; the DocC article "The shard
// format" is its specification. May import `Memory`, `Codecs`, `CKernels`, `Files`, `JSONText` and `Workers`. What
// order rows are read in, and what a batch makes of them, is the business of `DataSource`; where rows come from, of
// `Conversion`.
