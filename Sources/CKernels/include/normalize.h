// Batch and layer normalization of rows of numbers. Sums are kept in double; partial sums are made of a fixed number of
// slices of the rows, so that results do not depend on the number of threads.
#ifndef CKERNELS_NORMALIZE_H
#define CKERNELS_NORMALIZE_H

#include <stdbool.h>
#include <stddef.h>

#include "map.h"

enum { MILLRACE_NORMALIZE_SLICES = 16 };

// Values (rows, channels) of type MILLRACE_MAP_F32 or MILLRACE_MAP_BF16.
struct millrace_table {
    const void *values;
    int type;
    size_t rows, channels;
};

// What an activation behind the normalization does: nothing; x above `lower`, else `lower`, but at most `upper`.
struct millrace_bounds {
    bool is_bounded;
    float lower, upper;
};

// Doubles of scratch memory that sums over the rows need, and floats of factors that the functions below work with.
size_t millrace_normalize_scratch(size_t rows, size_t channels);
size_t millrace_normalize_factors(size_t rows, size_t channels);

// Mean and biased variance of each channel.
void millrace_batch_moments(const struct millrace_table *x, float *means, float *variances, double *scratch);

// (x - mean) * gamma / sqrt(variance + epsilon) + beta, bounded; to an array of x's type, which may be x. gamma and beta
// may be null.
void millrace_batch_normalize(const struct millrace_table *x, const float *means, const float *variances,
                              const float *gamma, const float *beta, float epsilon, struct millrace_bounds bounds,
                              float *factors, void *target);

// Gradients for gamma and beta: sums over the rows of g (x - mean) / sqrt(variance + epsilon), and of g. Where `outputs`
// is given, g counts only where the output lies between the bounds.
void millrace_batch_sums(const struct millrace_table *x, const void *gradients, const void *outputs,
                         struct millrace_bounds bounds, const float *means, const float *variances, float epsilon,
                         float *gamma_gradients, float *beta_gradients, float *factors, double *scratch);

// The gradient for x from those sums: gamma / sqrt(variance + epsilon) * (g - sum g / n - xhat * sum (g xhat) / n), or
// without the sums when the statistics were constants. target may be gradients.
void millrace_batch_gradient(const struct millrace_table *x, const void *gradients, const void *outputs,
                             struct millrace_bounds bounds, const float *means, const float *variances,
                             const float *gamma, float epsilon, const float *gamma_gradients,
                             const float *beta_gradients, bool is_constant, float *factors, void *target);

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
