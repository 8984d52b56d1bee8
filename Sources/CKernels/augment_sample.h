// What the kernels of sampling share.
#ifndef CKERNELS_AUGMENT_SAMPLE_H
#define CKERNELS_AUGMENT_SAMPLE_H

#include "augment_shared.h"

// Pixels of a row whose coordinates are computed at once: the pixel above and to the left of each place, and how far the
// place lies from it. Where the nearest pixel is asked for, that one, and no distances.
enum { RUN = 256 };

struct run {
    int32_t x[RUN], y[RUN];
    float right[RUN], down[RUN];
};

// Values of up to RUN pixels, those of the result from pixel `at` on.
void millrace_sample_run(
    const struct millrace_image *image, const struct run *run, size_t count, const struct millrace_sampling *how,
    void *out, size_t at);

// The rows of an image that row `y` of a result may need, and some below. Rows of results are asked for in their order.
void millrace_fetch_rows(const struct millrace_image *image, size_t y);

// Images of more values are sampled value by value.
enum { LOCATED_VALUES = INT32_MAX };

// Of pixels of three channels, the number of the value where the upper left one of the four around each place begins;
// -1 where one of them, or of those to the right of them, lies outside.
void millrace_locate(const struct millrace_image *image, const struct run *run, size_t count, int32_t *places);

// Bilinear samples: of up to RUN pixels; of one of which a part may lie outside of the image; of pixels that lie one
// behind the other in the image too, with the same weights, inside of it.
void millrace_bilinear_run(
    const struct millrace_image *image, const struct run *run, size_t count, const struct millrace_sampling *how,
    float *out);
void millrace_bilinear_edge(
    const struct millrace_image *image, ptrdiff_t x, ptrdiff_t y, float right, float down,
    const struct millrace_sampling *how, float *out);
void millrace_bilinear_line(
    const struct millrace_image *image, size_t x, size_t y, size_t pixels, float right, float down, float *out);

// The same as millrace_bilinear_run for pixels of three bytes; values of the result from `at` on, floats or bytes.
void millrace_bilinear_colors(
    const struct millrace_image *image, const struct run *run, size_t count, const struct millrace_sampling *how,
    void *out, size_t at);

#endif
