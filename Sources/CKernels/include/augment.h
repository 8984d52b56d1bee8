// Random changes of one sample, and mixtures of two: resampling, colours and tones, windows, noise. All arithmetic is
// rounded operation by operation, so that the same sample and the same parameters give the same bytes on every machine.
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

// Channels of results that may be bytes.
enum { MILLRACE_ROUNDED_CHANNELS = 4 };

// How an image is sampled: the nearest pixel, of two equally near ones that farther from 0, or a bilinear mean of four;
// what lies outside; and whether the result is bytes, rounded as by millrace_round_to_bytes, or floats.
struct millrace_sampling {
    int is_nearest, fill;
    float fill_value;
    int rounds;
};

// The output pixel (x, y) is the input at (m[0] x + m[1] y + m[2], m[3] x + m[4] y + m[5]); the coordinates must stay
// within the range of int32.
void millrace_sample_affine(
    const struct millrace_image *image, const double m[6], const struct millrace_sampling *how, void *out,
    size_t out_height, size_t out_width);

// Samples of an image of the same size: the output pixel (x, y) is the input at
// ((m[0] x + m[1] y + m[2]) / d, (m[3] x + m[4] y + m[5]) / d) with d = m[6] x + m[7] y + 1; far outside where d is 0.
void millrace_sample_projective(
    const struct millrace_image *image, const double m[8], const struct millrace_sampling *how, void *out);

// The same of the input at (x + factor * right, y + factor * down), with a displacement for each pixel.
void millrace_sample_displaced(
    const struct millrace_image *image, const float *right, const float *down, float factor,
    const struct millrace_sampling *how, void *out);

// out (columns, rows) = in (rows, columns) turned, of values of 1 or 4 bytes: an image whose channels lie one behind the
// other as one of pixels, and back.
void millrace_transpose_values(const void *in, size_t rows, size_t columns, size_t value_bytes, void *out);

// The same as millrace_sample_affine where m only mirrors, transposes nothing and moves by whole pixels inside the image:
// exact, of bytes of any kind. `pixel` is the bytes of a pixel.
void millrace_copy_pixels(
    const uint8_t *in, size_t width, size_t pixel, ptrdiff_t top, ptrdiff_t left, int down, int right, uint8_t *out,
    size_t out_height, size_t out_width);

// Bytes that another thread reads later.
void millrace_copy_bytes(const void *in, void *out, size_t count);

// Changes with `in` and `out` read values from one place and write them to another one, or to the same.

// v becomes (v - mean) * factor + mean, mean being that of its channel, and is clipped to [lower, upper].
void millrace_adjust_contrast(
    const float *in, float *out, size_t pixels, size_t channels, float factor, float lower, float upper);

// v becomes v + delta, clipped to [lower, upper].
void millrace_adjust_brightness(const float *in, float *out, size_t count, float delta, float lower, float upper);

// Adds deviation * n to each value; n are standard normal numbers that belong to (key, position).
void millrace_add_normal(const float *in, float *out, size_t count, uint64_t key, float deviation);

// Normal numbers of a deviation, clipped to [lower, upper], that belong to (key, position).
void millrace_fill_normal(float *values, size_t count, uint64_t key, float deviation, float lower, float upper);

// Sets each value to 0 with a probability; which ones belongs to (key, position).
void millrace_drop_values(const float *in, float *out, size_t count, uint64_t key, float probability);

// v becomes v * factor + offset.
void millrace_scale_values(const float *in, float *out, size_t count, float factor, float offset);

// Red, green and blue, interleaved, none of them below `black`. Saturations are (largest - smallest) / (largest - black);
// they are multiplied and clipped to [lower, upper], the largest value stays.
void millrace_adjust_saturation(
    const float *in, float *out, size_t pixels, float factor, float black, float lower, float upper);

// Red, green and blue of [lower, upper]: hues are moved by a part of their circle.
void millrace_adjust_hue(const float *in, float *out, size_t pixels, float turn, float lower, float upper);

// Red, green and blue: v becomes v + factor * (0.2989 red + 0.587 green + 0.114 blue - v), clipped to [lower, upper].
void millrace_mix_gray(const float *in, float *out, size_t pixels, float factor, float lower, float upper);

// Values of [lower, upper] as bytes, of which the leading bits are kept.
void millrace_posterize(const float *in, float *out, size_t count, int bits, float lower, float upper);

// In 255ths of [lower, upper]: v + addition, and 255 minus that where it is not below the threshold.
void millrace_solarize(
    const float *in, float *out, size_t count, float addition, float threshold, float lower, float upper);

// The smallest value of each channel becomes lower, the largest upper; a channel of one value stays.
void millrace_stretch(const float *in, float *out, size_t pixels, size_t channels, float lower, float upper);

// The histogram of each channel, of values of [lower, upper] as 0 to 255, becomes even. `counts` and `table` have room
// for `bins` numbers.
void millrace_equalize(
    float *values, size_t pixels, size_t channels, size_t bins, float lower, float upper, uint32_t *counts,
    float *table);

// out = sums of the values around each pixel, times the weights of a window with odd sides. `between` has room for the
// image, `line` for a row with half a window at both ends.
void millrace_window_sums(
    const float *values, size_t height, size_t width, size_t channels, const float *vertical, size_t rows,
    const float *horizontal, size_t columns, int fill, float *between, float *line, float *out);

// With sums of 3 x 3 values, v becomes v + amount * ((sum + 4 v) / 13 - v), clipped to [lower, upper].
void millrace_mix_smooth(
    float *values, const float *sums, size_t count, float amount, float lower, float upper);

// into = into + weight * other.
void millrace_add_scaled(float *into, const float *other, size_t count, float weight);

// into = weight * into + (1 - weight) * other.
void millrace_mix_values(float *into, const float *other, size_t count, float weight);

// A table of 256 bytes for each channel: v becomes tables[256 * channel + v].
void millrace_map_bytes(const uint8_t *in, uint8_t *out, size_t pixels, size_t channels, const uint8_t *tables);

// Channels of an image of bytes whose tones are told.
enum { MILLRACE_TONE_CHANNELS = 4 };

// What millrace_adjust_contrast, millrace_stretch and millrace_equalize would make of each of 256 bytes in an image of
// up to MILLRACE_TONE_CHANNELS channels; 256 tones for each of them.
void millrace_contrast_tones(
    const uint8_t *in, size_t pixels, size_t channels, float factor, float lower, float upper, float *tones);
void millrace_stretch_tones(
    const uint8_t *in, size_t pixels, size_t channels, float lower, float upper, float *tones);
void millrace_equalize_tones(
    const uint8_t *in, size_t pixels, size_t channels, size_t bins, float lower, float upper, uint32_t *counts,
    float *table, float *tones);

// Floats to bytes: rounded to nearest (to even in the middle), clipped to 0...255; NaN becomes 0.
void millrace_round_to_bytes(const float *in, uint8_t *out, size_t count);

#ifdef __cplusplus
}
#endif
#endif
