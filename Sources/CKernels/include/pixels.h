// Pixels of 8-bit images: colours to grey, CMYK to RGB, alpha, transposition, and resampling to another size.
#ifndef CKERNELS_PIXELS_H
#define CKERNELS_PIXELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// RGB to luma of ITU-R 601: (19595 R + 38470 G + 7471 B + 32768) / 65536. May work in place.
void millrace_rgb_to_grey(const uint8_t *in, uint8_t *out, size_t pixels);

// Inverted CMYK, as Adobe writes it, to `channels` 3 (RGB) or 4 (RGBA, alpha 255). May work in place.
void millrace_cmyk_to_rgb(const uint8_t *in, uint8_t *out, size_t pixels, int channels);

// Multiplies the colours of RGBA by alpha / 255, rounded, in place; and divides by it, rounded down.
void millrace_premultiply(uint8_t *rgba, size_t pixels);
void millrace_unpremultiply(uint8_t *rgba, size_t pixels);

// Applies an Exif orientation (2 to 8) to `height` x `width` pixels: `out` is the image as it should be seen, of
// width x height pixels for 5 to 8. The ranges must not overlap.
void millrace_orient(
    const uint8_t *in, uint8_t *out, size_t height, size_t width, size_t channels, int orientation);

// One axis of a separable resampling: output i is the sum over t < counts[i] of weights[offsets[i] + t] times input
// starts[i] + t, in fixed point with MILLRACE_RESAMPLE_BITS fractional bits, rounded to nearest and clipped to 0...255.
enum { MILLRACE_RESAMPLE_BITS = 22, MILLRACE_RESAMPLE_ROWS = 16 };
struct millrace_resample_axis {
    const int32_t *starts;
    const int32_t *counts;
    const int32_t *offsets;
    const int32_t *weights;
    size_t outputs;
};

// Resamples up to MILLRACE_RESAMPLE_ROWS rows of `width` pixels along their length. `scratch` has
// MILLRACE_RESAMPLE_ROWS * channels * (width + axis->outputs) bytes.
void millrace_resample_rows(
    const struct millrace_resample_axis *axis, const uint8_t *in, size_t stride, size_t rows, size_t channels,
    size_t width, uint8_t *out, size_t out_stride, uint8_t *scratch);

// One output row of the other axis: `index` is its place, `in` the rows one after the other, each `length` bytes.
void millrace_resample_column(
    const struct millrace_resample_axis *axis, size_t index, const uint8_t *in, size_t length, uint8_t *out);

#ifdef __cplusplus
}
#endif
#endif
