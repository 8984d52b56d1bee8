// What the loops of optimizers share.
#ifndef CKERNELS_UPDATES_H
#define CKERNELS_UPDATES_H

#include "include/optimizers.h"
#include "parallel.h"

// A second thread pays from here on: an update of this many weights takes about as long as waking it.
enum { UPDATE_GRAIN = 1 << 14 };

// Each element depends on its own place alone.
#define IN_PLACE _Pragma("clang loop vectorize(assume_safety)")

// The gradient as clipping leaves it: NaN stays NaN.
static inline __attribute__((always_inline)) float kept(const struct millrace_update *u, size_t i) {
    float g = u->gradients[i] * u->scale;
    g = g > u->limit ? u->limit : g;
    return g < -u->limit ? -u->limit : g;
}

// The weight as decay leaves it.
static inline __attribute__((always_inline)) float decayed(const struct millrace_update *u, size_t i) {
    float w = u->weights[i];
    return w - w * u->decay;
}

// A step over its size; none where there has been no gradient, as in padding: with an epsilon of 0 that would be 0 / 0.
static inline __attribute__((always_inline)) float quotient(float step, float size) {
    return step == 0.0f ? 0.0f : step / size;
}

// The builtin, unlike sqrtf, sets no errno: only so does a loop become vectors.
#define ROOT(x) __builtin_elementwise_sqrt(x)

// Sums over a variable are made of so many parts, each added up on its own, whatever the number of threads.
enum { PARTS = 64 };

struct parts {
    // Elements, and the operations of all of them.
    size_t count, work;
    void (*body)(void *context, size_t begin, size_t end, double sums[2]);
    void *context;
    double sums[PARTS][2];
};

// Adds up the two sums that `body` makes of the elements 0..<count; the parts begin at multiples of 16.
void sum_parts(struct parts *parts, double sums[2]);

#endif
