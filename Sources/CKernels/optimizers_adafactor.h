// What both forms of Adafactor share.
#ifndef CKERNELS_OPTIMIZERS_ADAFACTOR_H
#define CKERNELS_OPTIMIZERS_ADAFACTOR_H

#include "updates.h"

// The step size from the sums of the squares of weights and of steps.
float adafactor_rate(double weights, double steps, size_t count, const struct millrace_adafactor *options);

// The update of a variable that has factors. workspace: millrace_adafactor_workspace of floats.
void adafactor_with_factors(struct millrace_update update, struct millrace_factors factors,
                            const struct millrace_adafactor *options, double *workspace);

static inline float mean_of_rows(const struct millrace_factors *f, size_t matrix) {
    double sum = 0.0;
    for (size_t row = 0; row < f->rows; row++) sum += f->row_means[matrix * f->rows + row];
    return (float)(sum / (double)f->rows);
}

#endif
