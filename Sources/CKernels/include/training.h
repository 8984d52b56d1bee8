// Loops of the training step that oneDNN does not have: losses, metrics, small arithmetic.
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

#endif
