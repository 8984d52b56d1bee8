// Random numbers by position: element i is a function of (key, first + i), whatever threads compute it.
#ifndef CKERNELS_RANDOM_H
#define CKERNELS_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A key for one stream of numbers in one step.
uint64_t millrace_random_key(uint64_t seed, uint64_t step, uint64_t stream);

enum millrace_distribution {
    // Between 0 and 1, 0 included, in steps of 2^-24.
    MILLRACE_UNIFORM,
    // Mean 0, deviation 1, to 6.3 deviations.
    MILLRACE_NORMAL,
    // 0 with probability p, else q.
    MILLRACE_KEPT
};

void millrace_random(int distribution, float p, float q, float *target, size_t count, size_t first, uint64_t key);

// target = source q, or 0 with probability p. The choice is that of millrace_random; target may be source. bfloat16
// where `is_brief`, else float32.
void millrace_dropout(
    const void *source, void *target, bool is_brief, size_t count, size_t first, float p, float q, uint64_t key);

#endif
