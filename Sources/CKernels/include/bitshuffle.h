// The inverse of bitshuffle's transposition of bits.
#ifndef CKERNELS_BITSHUFFLE_H
#define CKERNELS_BITSHUFFLE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Undoes the transposition of one block of `count` elements of `size` bytes; count is a multiple of 8. `in` holds, for
// each byte of an element and each bit of that byte, lowest first, count / 8 bytes: bit j % 8 of byte j / 8 is that bit
// of element j. `scratch` has count * size bytes, or may be null when size is 1. The three ranges must not overlap.
void millrace_bit_unshuffle(const uint8_t *in, uint8_t *out, uint8_t *scratch, size_t count, size_t size);

#ifdef __cplusplus
}
#endif
#endif
