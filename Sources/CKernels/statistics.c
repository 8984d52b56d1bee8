#include "statistics.h"

#include <float.h>
#include <math.h>

#include "clones.h"

// Each lane depends on its own place alone.
#define IN_PLACE _Pragma("clang loop vectorize(assume_safety)")

CLONES size_t millrace_add_moments(const float *values, size_t count, size_t lane, size_t lanes, const double *shifts,
                                   double *sums, double *squares, float *minima, float *maxima) {
    size_t spoiled = 0;
    for (size_t first = 0; first < count;) {
        size_t place = (lane + first) % lanes, run = lanes - place;
        if (run > count - first) run = count - first;
        const float *x = values + first;
        const double *shift = shifts + place;
        double *sum = sums + place, *square = squares + place;
        float *least = minima + place, *most = maxima + place;
        // One loop would do the same; two keep the number of arrays small enough for the compiler to vectorize.
        IN_PLACE for (size_t i = 0; i < run; i++) {
            double distance = (double)x[i] - shift[i];
            sum[i] += distance;
            square[i] += distance * distance;
        }
        size_t bad = 0;
        IN_PLACE for (size_t i = 0; i < run; i++) {
            float value = x[i];
            least[i] = value < least[i] ? value : least[i];
            most[i] = value > most[i] ? value : most[i];
            bad += !(fabsf(value) <= FLT_MAX);
        }
        spoiled += bad;
        first += run;
    }
    return spoiled;
}
