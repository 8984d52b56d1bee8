// Updates of weights from gradients, each one pass over flat memory. The formulae are those of the Swift types.
// Arrays of one call do not overlap. Counts are elements. Results do not depend on the number of threads.
#ifndef CKERNELS_OPTIMIZERS_H
#define CKERNELS_OPTIMIZERS_H

#include <stdbool.h>
#include <stddef.h>

// Weights and gradients of an update, and what comes before its formula: w -= w * decay, and g = g * scale, kept within
// -limit...limit. A limit of infinity keeps every number, NaN stays NaN.
struct millrace_update {
    float *weights;
    const float *gradients;
    size_t count;
    float scale, limit, decay;
};

// What comes before the formula, for one that does not do it itself: both arrays are written.
void millrace_prepare_update(struct millrace_update update, float *gradients);

// momenta is null without momentum.
void millrace_sgd(struct millrace_update update, float *momenta, float rate, float momentum, bool nesterov);
// momenta is null without momentum, means when not centred.
void millrace_rmsprop(struct millrace_update update, float *velocities, float *momenta, float *means, float rate,
                      float rho, float momentum, float epsilon);
// maxima is null without amsgrad.
void millrace_adam(struct millrace_update update, float *momenta, float *velocities, float *maxima, float alpha,
                   float one_minus_beta1, float one_minus_beta2, float epsilon);
void millrace_adagrad(struct millrace_update update, float *sums, float rate, float epsilon);
void millrace_adadelta(struct millrace_update update, float *gradient_means, float *change_means, float rate, float rho,
                       float epsilon);
void millrace_adamax(struct millrace_update update, float *momenta, float *norms, float rate, float one_minus_beta1,
                     float beta2, float epsilon);
// w -= rate * (from_momentum * m + from_gradient * g) / (sqrt(v * velocity_factor) + epsilon)
void millrace_nadam(struct millrace_update update, float *momenta, float *velocities, float rate, float one_minus_beta1,
                    float one_minus_beta2, float from_momentum, float from_gradient, float velocity_factor,
                    float epsilon);
void millrace_lion(struct millrace_update update, float *momenta, float rate, float beta1, float beta2);
// The factors are 1 / (1 - beta^t). Two passes: the second needs the norms of the whole variable.
void millrace_lamb(struct millrace_update update, float *momenta, float *velocities, float rate, float one_minus_beta1,
                   float one_minus_beta2, float momentum_factor, float velocity_factor, float epsilon);

struct millrace_ftrl {
    float rate, power, l1, l2, shrinkage;
};
void millrace_ftrl(struct millrace_update update, float *sums, float *linear, struct millrace_ftrl options);

// z is the sequence that the gradients move; weights are between it and its mean.
void millrace_schedule_free(struct millrace_update update, float *z, float *velocities, float rate, float beta1,
                            float one_minus_beta2, float velocity_factor, float mean_weight, float epsilon);

// A variable of several matrices, row-major (matrices, rows, columns); row_means (matrices, rows), column_means
// (matrices, columns). columns of 0: a variable without factors, whose velocities are in row_means.
struct millrace_factors {
    float *row_means, *column_means;
    size_t matrices, rows, columns;
};
struct millrace_adafactor {
    float rho, beta2, epsilon1, epsilon2, threshold;
};
// workspace is not read without factors.
void millrace_adafactor(struct millrace_update update, struct millrace_factors factors,
                        struct millrace_adafactor options, float *workspace);
// The floats of the workspace of a variable with factors, aligned as doubles are.
size_t millrace_adafactor_workspace(struct millrace_factors factors);
// velocities (matrices, rows, columns) as the factors have them.
void millrace_adafactor_velocities(struct millrace_factors factors, float *velocities);

// m = m + (g + m * (momentum - 1)); target = nesterov ? g + momentum * m : m. The first part of Muon.
void millrace_muon_momentum(struct millrace_update update, float *momenta, float *target, float momentum, bool nesterov);

// a[i] = factor_a * a[i] + factor_b * b[i]; b may be a.
void millrace_blend(float *a, const float *b, size_t count, float factor_a, float factor_b);
// a[i] += b[i], then b[i] = 0.
void millrace_drain(float *a, float *b, size_t count);
// Exchanges the contents.
void millrace_swap(float *a, float *b, size_t count);
// The sum of squares, in double.
double millrace_sum_squares(const float *values, size_t count);
// Whether all values times the factor are finite.
bool millrace_all_finite(const float *values, size_t count, float factor);

#endif
