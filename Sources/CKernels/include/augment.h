// Random changes of one sample: affine resampling, contrast, noise. All arithmetic is rounded operation by operation, so
// that the same sample and the same parameters give the same bytes on every machine.
#ifndef CKERNELS_AUGMENT_H
#define CKERNELS_AUGMENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What lies outside of an image: one value; its edge; the image mirrored at the outer side of its edge pixels
// (d c b a | a b c d | d c b a); the image again.
enum millrace_fill { MILLRACE_FILL_CONSTANT, MILLRACE_FILL_NEAREST, MILLRACE_FILL_REFLECT, MILLRACE_FILL_WRAP };

// An image of `height` x `width` x `channels` values, uint8 or float.
struct millrace_image {
    const void *values;
    int is_float;
    size_t height, width, channels;
};

// Bilinear samples: the output pixel (x, y) is the input at (m[0] x + m[1] y + m[2], m[3] x + m[4] y + m[5]); the
// coordinates must stay within the range of int32.
void millrace_sample_affine(
    const struct millrace_image *image, const double m[6], int fill, float fill_value, float *out, size_t out_height,
    size_t out_width);

// The same where m only mirrors, transposes nothing and moves by whole pixels inside the image: exact, of bytes of any
// kind. `pixel` is the bytes of a pixel.
void millrace_copy_pixels(
    const uint8_t *in, size_t width, size_t pixel, ptrdiff_t top, ptrdiff_t left, int down, int right, uint8_t *out,
    size_t out_height, size_t out_width);

// v becomes (v - mean) * factor + mean, mean being that of its channel, and is clipped to [lower, upper].
void millrace_adjust_contrast(
    float *values, size_t pixels, size_t channels, float factor, float lower, float upper);

// v becomes v + delta, clipped to [lower, upper].
void millrace_adjust_brightness(float *values, size_t count, float delta, float lower, float upper);

// Adds deviation * n to each value; n are standard normal numbers that belong to (key, position).
void millrace_add_normal(float *values, size_t count, uint64_t key, float deviation);

// Floats to bytes: rounded to nearest (to even in the middle), clipped to 0...255; NaN becomes 0.
void millrace_round_to_bytes(const float *in, uint8_t *out, size_t count);

#ifdef __cplusplus
}
#endif
#endif
