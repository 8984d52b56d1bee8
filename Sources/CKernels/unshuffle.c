// HDF5's byte shuffle and its inverse. With a constant element size the compiler turns the loops into vector
// interleaves, in the widest registers that the machine has.

#include "include/convert.h"

#include <string.h>

#include "clones.h"

CLONES static void join_2(const uint8_t *restrict in, uint8_t *restrict out, size_t n) {
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = in[i];
        out[2 * i + 1] = in[n + i];
    }
}

CLONES static void join_4(const uint8_t *restrict in, uint8_t *restrict out, size_t n) {
    for (size_t i = 0; i < n; i++) {
        out[4 * i] = in[i];
        out[4 * i + 1] = in[n + i];
        out[4 * i + 2] = in[2 * n + i];
        out[4 * i + 3] = in[3 * n + i];
    }
}

CLONES static void join_8(const uint8_t *restrict in, uint8_t *restrict out, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint64_t low = (uint64_t)in[i] | (uint64_t)in[n + i] << 8 | (uint64_t)in[2 * n + i] << 16
            | (uint64_t)in[3 * n + i] << 24;
        uint64_t high = (uint64_t)in[4 * n + i] | (uint64_t)in[5 * n + i] << 8 | (uint64_t)in[6 * n + i] << 16
            | (uint64_t)in[7 * n + i] << 24;
        uint64_t value = low | high << 32;
        memcpy(out + 8 * i, &value, 8);
    }
}

// Blocks of elements keep the strided side in the first-level cache.
enum { BLOCK = 256 };

static void join_any(const uint8_t *restrict in, uint8_t *restrict out, size_t n, size_t size) {
    for (size_t first = 0; first < n; first += BLOCK) {
        size_t end = first + BLOCK < n ? first + BLOCK : n;
        for (size_t b = 0; b < size; b++)
            for (size_t i = first; i < end; i++) out[i * size + b] = in[b * n + i];
    }
}

static void split_any(const uint8_t *restrict in, uint8_t *restrict out, size_t n, size_t size) {
    for (size_t first = 0; first < n; first += BLOCK) {
        size_t end = first + BLOCK < n ? first + BLOCK : n;
        for (size_t b = 0; b < size; b++)
            for (size_t i = first; i < end; i++) out[b * n + i] = in[i * size + b];
    }
}

CLONES static void split_2(const uint8_t *restrict in, uint8_t *restrict out, size_t n) { split_any(in, out, n, 2); }
CLONES static void split_4(const uint8_t *restrict in, uint8_t *restrict out, size_t n) { split_any(in, out, n, 4); }
CLONES static void split_8(const uint8_t *restrict in, uint8_t *restrict out, size_t n) { split_any(in, out, n, 8); }

void millrace_unshuffle(const uint8_t *in, uint8_t *out, size_t length, size_t size) {
    if (size < 2) {
        memcpy(out, in, length);
        return;
    }
    size_t n = length / size;
    switch (size) {
    case 2: join_2(in, out, n); break;
    case 4: join_4(in, out, n); break;
    case 8: join_8(in, out, n); break;
    default: join_any(in, out, n, size); break;
    }
    memcpy(out + n * size, in + n * size, length - n * size);
}

void millrace_shuffle(const uint8_t *in, uint8_t *out, size_t length, size_t size) {
    if (size < 2) {
        memcpy(out, in, length);
        return;
    }
    size_t n = length / size;
    switch (size) {
    case 2: split_2(in, out, n); break;
    case 4: split_4(in, out, n); break;
    case 8: split_8(in, out, n); break;
    default: split_any(in, out, n, size); break;
    }
    memcpy(out + n * size, in + n * size, length - n * size);
}
