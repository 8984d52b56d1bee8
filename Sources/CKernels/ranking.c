#include <math.h>
#include <string.h>

#include "parallel.h"
#include "ranking.h"

struct ranking {
    const float *scores;
    float *target;
    size_t classes;
    size_t count;
};

static void top_mask_range(void *context, size_t begin, size_t end) {
    const struct ranking *t = context;
    size_t n = t->classes;
    for (size_t row = begin; row < end; row++) {
        const float *x = t->scores + row * n;
        float *y = t->target + row * n;
        memset(y, 0, n * sizeof(float));
        // A pass for each of the largest: they are few.
        for (size_t k = 0; k < t->count; k++) {
            size_t best = n;
            for (size_t i = 0; i < n; i++) {
                if (y[i] == 0 && !isnan(x[i]) && (best == n || x[i] > x[best])) best = i;
            }
            if (best == n) break;
            y[best] = 1;
        }
    }
}

void millrace_top_mask(const float *scores, float *target, size_t rows, size_t classes, size_t count) {
    struct ranking task = {scores, target, classes, count < classes ? count : classes};
    millrace_parallel(rows, 16384 / (classes * (task.count + 1) + 1) + 16, top_mask_range, &task);
}
