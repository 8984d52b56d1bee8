// Gathering rows of a column into a batch while converting them, and the byte order and byte shuffle of stored data.
#ifndef CKERNELS_CONVERT_H
#define CKERNELS_CONVERT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The stored types that the gather functions read; the caller maps its own scalar types to these.
enum millrace_stored_type {
    MILLRACE_U8, MILLRACE_I8, MILLRACE_U16, MILLRACE_I16, MILLRACE_U32, MILLRACE_I32, MILLRACE_U64, MILLRACE_I64,
    MILLRACE_F16, MILLRACE_BF16, MILLRACE_F32, MILLRACE_F64, MILLRACE_BOOL
};

// Copies `count` rows of `elements` values each, one after the other, to `out` as float32. rows[i] is the address of a
// row in its stored type, native byte order; it may be unaligned.
void millrace_gather_f32(int type, const void *const *rows, size_t count, size_t elements, float *out);

// The same, and each value becomes value * scale + offset, rounded after either operation.
void millrace_gather_scaled_f32(
    int type, const void *const *rows, size_t count, size_t elements, float scale, float offset, float *out);

// Copies rows as int32. Returns how many values an int32 cannot represent exactly (too large, a fraction, NaN); those
// positions hold 0.
size_t millrace_gather_i32(int type, const void *const *rows, size_t count, size_t elements, int32_t *out);

// Class numbers to one-hot rows: each of the elements of a row becomes `classes` float32 values, 1 at its number and 0
// elsewhere. Returns how many elements are no whole number from 0 to classes - 1; their values are all 0.
size_t millrace_one_hot_f32(
    int type, const void *const *rows, size_t count, size_t elements, size_t classes, float *out);

// The reverse: every `classes` values of a row become the index of the largest, the first one of equals. Returns how
// many of these groups hold a NaN; their index is 0.
size_t millrace_largest_i32(
    int type, const void *const *rows, size_t count, size_t elements, size_t classes, int32_t *out);

// Reverses the bytes of `count` elements of `size` bytes (2, 4 or 8) in place.
void millrace_swap_bytes(void *data, size_t count, size_t size);

// Undoes HDF5's byte shuffle: `in` holds the first bytes of all elements, then all second bytes, and so on; the
// length % size bytes at the end are copied as they are. The ranges must not overlap. Any size.
void millrace_unshuffle(const uint8_t *in, uint8_t *out, size_t length, size_t size);

// HDF5's byte shuffle, the inverse of millrace_unshuffle.
void millrace_shuffle(const uint8_t *in, uint8_t *out, size_t length, size_t size);

#ifdef __cplusplus
}
#endif
#endif
