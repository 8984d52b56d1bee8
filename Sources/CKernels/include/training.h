// Loops of the training step that oneDNN does not have: losses, metrics, small arithmetic, optimizer updates.
// Arrays may be the same only where a function says so. Counts are elements. Results do not depend on the number of
// threads: a parallel loop never adds across its parts.
#ifndef CKERNELS_TRAINING_H
#define CKERNELS_TRAINING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Threads of the OpenMP pool that oneDNN and the loops below share.
void millrace_set_threads(int count);
int millrace_max_threads(void);

void millrace_fill(float *target, size_t count, float value);

// target += source * factor, or target = source * factor.
void millrace_accumulate(float *target, const float *source, size_t count, float factor, bool replaces);

// Exactly one of sparse (rows) and one_hot (rows x classes) is given.
// Returns the first row whose sparse label is not in 0..<classes, or -1; such a row counts as class 0.
ptrdiff_t millrace_cross_entropy(const float *scores, const int32_t *sparse, const float *one_hot, float *losses,
                                 size_t rows, size_t classes, bool from_logits);
void millrace_cross_entropy_gradient(const float *scores, const int32_t *sparse, const float *one_hot,
                                     const float *loss_gradients, float *target, size_t rows, size_t classes,
                                     bool from_logits);
// 1 where the first largest score is at the label (or at the first largest element of the distribution), else 0.
void millrace_class_matches(const float *scores, const int32_t *sparse, const float *one_hot, float *target,
                            size_t rows, size_t classes);
// 1 where (prediction > threshold) == target, else 0.
void millrace_threshold_matches(const float *predictions, const float *targets, float *target, size_t count,
                                float threshold);

// Keras's SGD: without momentum w -= lr * g; with: m = momentum * m - lr * g, w += m, or nesterov: w += momentum * m - lr * g.
void millrace_sgd(float *weights, const float *gradients, float *momenta, size_t count, float learning_rate,
                  float momentum, bool nesterov);
// Keras's Adam: m += (g - m) * (1 - beta1), v += (g * g - v) * (1 - beta2), w -= alpha * m / (sqrt(v) + epsilon).
void millrace_adam(float *weights, const float *gradients, float *momenta, float *velocities, size_t count, float alpha,
                   float one_minus_beta1, float one_minus_beta2, float epsilon);

#endif
