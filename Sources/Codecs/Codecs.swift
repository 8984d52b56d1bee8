// Codecs: what filters do to bytes, and how to undo it: deflate, zstd, lz4, lzf, blosc, byte and bit shuffle, hashes.
//
// Bytes in, bytes out, checked bounds, no files, no threads. May import `Memory`, `CKernels` and the C libraries of the
// codecs; only this target imports those. Which filters apply to which bytes is the business of the stores above.
// Nothing here allocates by what a stream claims: the caller's destination is the bound.
//
// C functions used. libdeflate: libdeflate_alloc_decompressor, libdeflate_free_decompressor,
// libdeflate_zlib_decompress_ex, libdeflate_alloc_compressor, libdeflate_free_compressor, libdeflate_zlib_compress,
// libdeflate_zlib_compress_bound, libdeflate_crc32. zlib: inflateInit2_, inflate, inflateReset, inflateEnd. zstd:
// ZSTD_createDCtx, ZSTD_freeDCtx, ZSTD_sizeof_DCtx, ZSTD_decompressDCtx, ZSTD_findFrameCompressedSize,
// ZSTD_getFrameContentSize, ZSTD_getErrorCode, ZSTD_createDStream, ZSTD_freeDStream, ZSTD_DCtx_setParameter,
// ZSTD_decompressStream, ZSTD_createCCtx, ZSTD_freeCCtx, ZSTD_sizeof_CCtx, ZSTD_CCtx_setParameter, ZSTD_compress2,
// ZSTD_compressBound, ZSTD_minCLevel, ZSTD_maxCLevel. xxhash: XXH64 and the streaming calls of XXH32, XXH64 and XXH3. lz4:
// LZ4_decompress_safe. lzf: lzf_decompress. blosc: blosc_cbuffer_validate, blosc_compname_to_compcode,
// blosc_decompress_ctx.
