// Sums in double that leave as two floats each, whose sum they are to 48 bits: for figures that are small differences of
// large sums, and for counts above 2^24.
#ifndef CKERNELS_SUMS_H
#define CKERNELS_SUMS_H

#include <stddef.h>
#include <stdint.h>

enum { MILLRACE_PRODUCT_FACTORS = 3 };

// arrays: `factors` tables (rows, columns), then the high and the low parts (columns) of the sums over the rows of the
// products of all tables.
void millrace_product_sums(void *const *arrays, size_t factors, size_t rows, size_t columns);

// How many parts the sums below are made in: scratch is as many times `buckets` doubles.
size_t millrace_bucket_parts(size_t count, size_t buckets);

// The sums of values by number; numbers outside of 0..<buckets are left out.
void millrace_bucket_sums(const float *values, const int32_t *numbers, size_t count, size_t buckets, float *high,
                          float *low, double *scratch);

#endif
