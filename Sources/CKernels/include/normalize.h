// Batch and layer normalization of rows of numbers. Sums are kept in double; partial sums are made of a fixed number of
// slices of the rows, so that results do not depend on the number of threads.
#ifndef CKERNELS_NORMALIZE_H
#define CKERNELS_NORMALIZE_H

#include <stdbool.h>
#include <stddef.h>

#include "map.h"

enum { MILLRACE_NORMALIZE_SLICES = 16, MILLRACE_NORMALIZE_FACTORS = 5 };

// Values of type MILLRACE_MAP_F32 or MILLRACE_MAP_BF16 as they lie in memory: (outer, groups, inner, width), where groups
// and width together are the channels, and outer and inner are the rows. Row-major values are one group of all channels;
// those in blocks of channels have the rows of one image inside.
struct millrace_table {
    const void *values;
    int type;
    size_t outer, groups, inner, width;
};

// What an activation behind the normalization does: nothing; x above `lower`, else `lower`, but at most `upper`.
struct millrace_bounds {
    bool is_bounded;
    float lower, upper;
};

// y = (x - mean) * gamma / sqrt(variance + epsilon) + beta, bounded; numbers of each channel.
struct millrace_normalization {
    const float *means, *variances, *gamma, *beta;
    float epsilon;
    struct millrace_bounds bounds;
};

// Doubles of scratch memory that sums over the rows need, and floats of factors that the functions below work with.
size_t millrace_normalize_scratch(const struct millrace_table *x);
size_t millrace_normalize_factors(const struct millrace_table *x);

// Mean and biased variance of each channel.
void millrace_batch_moments(const struct millrace_table *x, float *means, float *variances, float *factors,
                            double *scratch);

// To an array of x's type and layout, which may be x.
void millrace_batch_normalize(const struct millrace_table *x, const struct millrace_normalization *how,
                              float *factors, void *target);

// Gradients for gamma and beta: sums over the rows of g (x - mean) / sqrt(variance + epsilon), and of g, where g counts
// only where y lies between the bounds. Gradients lie as x does.
void millrace_batch_sums(const struct millrace_table *x, const struct millrace_normalization *how,
                         const void *gradients, float *gamma_gradients, float *beta_gradients, float *factors,
                         double *scratch);

// The gradient for x from those sums: gamma / sqrt(variance + epsilon) * (g - sum g / n - xhat * sum (g xhat) / n), or
// without the sums when the statistics were constants. target may be gradients.
void millrace_batch_gradient(const struct millrace_table *x, const struct millrace_normalization *how, bool is_constant,
                             const void *gradients, const float *gamma_gradients, const float *beta_gradients,
                             float *factors, void *target);

// Of row-major values, outer and groups 1:

// Each row by its own mean and variance (`centred`), or by its mean square: means may be null then. factors are
// 1 / sqrt(variance + epsilon).
void millrace_row_normalize(const struct millrace_table *x, bool centred, const float *gamma, const float *beta,
                            float epsilon, void *target, float *means, float *factors);

// The gradient for x. target may be gradients.
void millrace_row_gradient(const struct millrace_table *x, bool centred, const void *gradients, const float *gamma,
                           const float *means, const float *factors, void *target);

// Sums over the rows of g xhat and of g.
void millrace_row_sums(const struct millrace_table *x, const void *gradients, const float *means, const float *factors,
                       float *gamma_gradients, float *beta_gradients, double *scratch);

#endif
