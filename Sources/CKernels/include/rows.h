// Rows of a table by number, and runs along one axis. Elements are float32, or bfloat16 where `is_brief`.
#ifndef CKERNELS_ROWS_H
#define CKERNELS_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// target (count, bytes) = rows of table (rows, bytes). A number that is no row gives zeros; returns the first place of
// one, or -1.
ptrdiff_t millrace_gather(
    const void *table, const int32_t *numbers, void *target, size_t count, size_t rows, size_t bytes);

// target (rows, width) = for each row the sum of the gradients (count, width) at its places, in their order; target's
// other rows are zeros. Numbers that are no row count for nothing.
void millrace_scatter_add(
    const void *gradients, bool is_brief, const int32_t *numbers, float *target, size_t count, size_t rows,
    size_t width);

// target (count, depth): 1 at each number, else 0; zeros for a number that is not in 0..<depth.
void millrace_one_hot(const int32_t *numbers, float *target, size_t count, size_t depth);

// target (outer, middle, bytes) = source with the middle axis from its end.
void millrace_reverse(const void *source, void *target, size_t outer, size_t middle, size_t bytes);

// target (outer, middle, inner) = sums of source along the middle axis up to each place, or from each place on.
void millrace_cumulative_sum(
    const void *source, void *target, bool is_brief, size_t outer, size_t middle, size_t inner, bool is_backwards);

#endif
