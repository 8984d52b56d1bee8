// Sixteen floats at a time, in whatever registers the processor has; arrays of float32 or bfloat16.
#ifndef CKERNELS_VECTORS_H
#define CKERNELS_VECTORS_H

#include "functions.h"
#include "map.h"

enum { LANES = 16 };

typedef float vec __attribute__((vector_size(64)));
typedef int32_t vec_bits __attribute__((vector_size(64)));
typedef uint32_t vec_words __attribute__((vector_size(64)));
typedef uint16_t vec_halves __attribute__((vector_size(32)));

#define INLINE static inline __attribute__((always_inline))

// Vectors go through pointers, which inlining removes: as arguments they would depend on the processor.
INLINE void vec_load(vec *target, const void *values, int type, size_t at) {
    if (type == MILLRACE_MAP_F32) {
        memcpy(target, (const float *)values + at, sizeof *target);
    } else {
        vec_halves halves;
        memcpy(&halves, (const uint16_t *)values + at, sizeof halves);
        *target = (vec)(__builtin_convertvector(halves, vec_words) << 16);
    }
}

INLINE void vec_store(const vec *source, void *values, int type, size_t at) {
    if (type == MILLRACE_MAP_F32) {
        memcpy((float *)values + at, source, sizeof *source);
    } else {
        // As to_bfloat16 rounds.
        vec_words bits = (vec_words)*source;
        vec_words is_number = (vec_words)(*source == *source);
        vec_words rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
        vec_halves halves = __builtin_convertvector((rounded & is_number) | (0x7fc0u & ~is_number), vec_halves);
        memcpy((uint16_t *)values + at, &halves, sizeof halves);
    }
}

INLINE void vec_splat(vec *target, float value) {
    for (int i = 0; i < LANES; i++) (*target)[i] = value;
}

// a where the mask is set, else b.
INLINE void vec_select(vec *target, const vec_bits *mask, const vec *a, const vec *b) {
    *target = (vec)(((vec_bits)*a & *mask) | ((vec_bits)*b & ~*mask));
}

#endif
