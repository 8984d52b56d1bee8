// What the kernels of normalization share: blocks of numbers in float32, whatever their table keeps.
#ifndef CKERNELS_NORMALIZE_TABLE_H
#define CKERNELS_NORMALIZE_TABLE_H

#include "functions.h"
#include "normalize.h"

// Numbers that are worked on together: an array of this many stays in the nearest cache.
enum { BLOCK = 512 };

// The numbers of a table from one place on: themselves where they are float32, else widened.
static inline __attribute__((always_inline)) const float *widened(
    const void *values, int type, size_t first, size_t n, float *memory) {
    if (type == MILLRACE_MAP_F32) return (const float *)values + first;
    const uint16_t *source = (const uint16_t *)values + first;
    for (size_t i = 0; i < n; i++) memory[i] = from_bfloat16(source[i]);
    return memory;
}

static inline __attribute__((always_inline)) void stored(
    const float *source, void *values, int type, size_t first, size_t n) {
    if (type == MILLRACE_MAP_F32) return;
    uint16_t *target = (uint16_t *)values + first;
    for (size_t i = 0; i < n; i++) target[i] = to_bfloat16(source[i]);
}

static inline __attribute__((always_inline)) float *place(void *values, int type, size_t first, float *memory) {
    return type == MILLRACE_MAP_F32 ? (float *)values + first : memory;
}

#endif
