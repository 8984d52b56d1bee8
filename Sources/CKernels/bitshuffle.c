// Bit transposition back to elements, in two passes: the eight bit planes of each byte position become that position's
// bytes, then the byte shuffle is undone. Vectors of 16 bytes are in every machine's baseline; a block of bitshuffle's
// usual 8 KiB stays in the first-level cache between the passes.

#include "include/bitshuffle.h"

#include <string.h>

#include "include/convert.h"

typedef uint64_t words __attribute__((vector_size(16)));
typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint16_t bytes8x2 __attribute__((vector_size(16)));
typedef uint32_t bytes4x4 __attribute__((vector_size(16)));

#define LOW_1(a, b) \
    (words) __builtin_shufflevector((bytes16)(a), (bytes16)(b), 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH_1(a, b)                                                                                             \
    (words) __builtin_shufflevector((bytes16)(a), (bytes16)(b), 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, \
                                    30, 15, 31)
#define LOW_2(a, b) (words) __builtin_shufflevector((bytes8x2)(a), (bytes8x2)(b), 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH_2(a, b) (words) __builtin_shufflevector((bytes8x2)(a), (bytes8x2)(b), 4, 12, 5, 13, 6, 14, 7, 15)
#define LOW_4(a, b) (words) __builtin_shufflevector((bytes4x4)(a), (bytes4x4)(b), 0, 4, 1, 5)
#define HIGH_4(a, b) (words) __builtin_shufflevector((bytes4x4)(a), (bytes4x4)(b), 2, 6, 3, 7)

static inline words all(uint64_t value) { return (words){value, value}; }

// Exchanges the bits of `a` that `mask << shift` selects with the bits of `b` that `mask` selects. The mask also drops
// what the shift of whole words moves over the border of a byte.
static inline void exchange(words *a, words *b, int shift, uint64_t mask) {
    words difference = ((*a >> shift) ^ *b) & all(mask);
    *b ^= difference;
    *a ^= difference << shift;
}

// Row k, column i of 8 x 8 bits, as bit 8 * k + i, moves to row i, column k.
static inline uint64_t transpose(uint64_t x) {
    uint64_t t = (x ^ x >> 7) & 0x00aa00aa00aa00aaull;
    x ^= t ^ t << 7;
    t = (x ^ x >> 14) & 0x0000cccc0000ccccull;
    x ^= t ^ t << 14;
    t = (x ^ x >> 28) & 0x00000000f0f0f0f0ull;
    return x ^ t ^ t << 28;
}

// Eight bit planes of n bytes each become 8 * n bytes.
static void join_bits(const uint8_t *restrict in, uint8_t *restrict out, size_t n) {
    size_t g = 0;
    for (; g + 16 <= n; g += 16) {
        words r[8];
        for (int k = 0; k < 8; k++) memcpy(&r[k], in + k * n + g, 16);
        for (int k = 0; k < 4; k++) exchange(&r[k], &r[k + 4], 4, 0x0f0f0f0f0f0f0f0full);
        for (int k = 0; k < 8; k += k % 4 == 1 ? 3 : 1) exchange(&r[k], &r[k + 2], 2, 0x3333333333333333ull);
        for (int k = 0; k < 8; k += 2) exchange(&r[k], &r[k + 1], 1, 0x5555555555555555ull);
        // Now lane g of r[i] is element 8 * g + i: interleave bytes, then pairs, then fours.
        words pairs[8] = {
            LOW_1(r[0], r[1]), HIGH_1(r[0], r[1]), LOW_1(r[2], r[3]), HIGH_1(r[2], r[3]),
            LOW_1(r[4], r[5]), HIGH_1(r[4], r[5]), LOW_1(r[6], r[7]), HIGH_1(r[6], r[7]),
        };
        words *target = r;
        for (int half = 0; half < 2; half++) {
            words a = pairs[half], b = pairs[half + 2], c = pairs[half + 4], d = pairs[half + 6];
            words low_left = LOW_2(a, b), low_right = LOW_2(c, d);
            words high_left = HIGH_2(a, b), high_right = HIGH_2(c, d);
            *target++ = LOW_4(low_left, low_right);
            *target++ = HIGH_4(low_left, low_right);
            *target++ = LOW_4(high_left, high_right);
            *target++ = HIGH_4(high_left, high_right);
        }
        memcpy(out + 8 * g, r, sizeof r);
    }
    for (; g < n; g++) {
        uint64_t rows = 0;
        for (int k = 0; k < 8; k++) rows |= (uint64_t)in[k * n + g] << (8 * k);
        rows = transpose(rows);
        for (int i = 0; i < 8; i++) out[8 * g + i] = (uint8_t)(rows >> (8 * i));
    }
}

void millrace_bit_unshuffle(const uint8_t *in, uint8_t *out, uint8_t *scratch, size_t count, size_t size) {
    uint8_t *planes = size == 1 ? out : scratch;
    for (size_t byte = 0; byte < size; byte++) join_bits(in + byte * count, planes + byte * count, count / 8);
    if (size > 1) millrace_unshuffle(planes, out, count * size, size);
}
