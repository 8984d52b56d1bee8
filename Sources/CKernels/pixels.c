// Per-pixel conversions of 8-bit images.

#include "include/pixels.h"

#include <string.h>

#include "clones.h"

CLONES void millrace_rgb_to_grey(const uint8_t *in, uint8_t *out, size_t pixels) {
    for (size_t i = 0; i < pixels; i++) {
        uint32_t red = in[3 * i], green = in[3 * i + 1], blue = in[3 * i + 2];
        out[i] = (uint8_t)((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16);
    }
}

// a * b / 255, rounded to nearest, for bytes.
static inline uint32_t scaled(uint32_t a, uint32_t b) {
    uint32_t product = a * b + 128;
    return ((product >> 8) + product) >> 8;
}

void millrace_cmyk_to_rgb(const uint8_t *in, uint8_t *out, size_t pixels, int channels) {
    for (size_t i = 0; i < pixels; i++) {
        // Stored inverted: `in[3]` is 255 - K and `255 - in[c]` the ink.
        uint32_t light = in[4 * i + 3];
        uint8_t red = (uint8_t)(light - scaled(255u - in[4 * i], light));
        uint8_t green = (uint8_t)(light - scaled(255u - in[4 * i + 1], light));
        uint8_t blue = (uint8_t)(light - scaled(255u - in[4 * i + 2], light));
        uint8_t *pixel = out + i * (size_t)channels;
        pixel[0] = red;
        pixel[1] = green;
        pixel[2] = blue;
        if (channels == 4) pixel[3] = 255;
    }
}

CLONES void millrace_premultiply(uint8_t *rgba, size_t pixels) {
    for (size_t i = 0; i < pixels; i++) {
        uint32_t alpha = rgba[4 * i + 3];
        for (size_t c = 0; c < 3; c++) rgba[4 * i + c] = (uint8_t)scaled(rgba[4 * i + c], alpha);
    }
}

void millrace_unpremultiply(uint8_t *rgba, size_t pixels) {
    for (size_t i = 0; i < pixels; i++) {
        uint32_t alpha = rgba[4 * i + 3];
        if (alpha == 0 || alpha == 255) continue;
        for (size_t c = 0; c < 3; c++) {
            uint32_t value = 255 * rgba[4 * i + c] / alpha;
            rgba[4 * i + c] = (uint8_t)(value > 255 ? 255 : value);
        }
    }
}

// Pixels of a block lie close together in both images, so that a transposition misses the cache once a line.
enum { BLOCK = 32 };

static inline __attribute__((always_inline)) void orient(
    const uint8_t *in, uint8_t *out, size_t height, size_t width, size_t channels, ptrdiff_t start, ptrdiff_t down,
    ptrdiff_t right) {
    for (size_t y0 = 0; y0 < height; y0 += BLOCK)
        for (size_t x0 = 0; x0 < width; x0 += BLOCK)
            for (size_t y = y0; y < height && y < y0 + BLOCK; y++) {
                size_t end = width < x0 + BLOCK ? width : x0 + BLOCK;
                for (size_t x = x0; x < end; x++) {
                    ptrdiff_t pixel = start + (ptrdiff_t)y * down + (ptrdiff_t)x * right;
                    for (size_t c = 0; c < channels; c++)
                        out[(size_t)pixel * channels + c] = in[(y * width + x) * channels + c];
                }
            }
}

void millrace_orient(
    const uint8_t *in, uint8_t *out, size_t height, size_t width, size_t channels, int orientation) {
    ptrdiff_t h = (ptrdiff_t)height, w = (ptrdiff_t)width;
    ptrdiff_t start, down, right;
    // Where the first pixel goes, and how far one row down and one pixel to the right lie apart there.
    switch (orientation) {
    case 2: start = w - 1, down = w, right = -1; break;
    case 3: start = w * h - 1, down = -w, right = -1; break;
    case 4: start = w * (h - 1), down = -w, right = 1; break;
    case 5: start = 0, down = 1, right = h; break;
    case 6: start = h - 1, down = -1, right = h; break;
    case 7: start = w * h - 1, down = -1, right = -h; break;
    case 8: start = h * (w - 1), down = 1, right = -h; break;
    default: start = 0, down = w, right = 1; break;
    }
    switch (channels) {
    case 1: orient(in, out, height, width, 1, start, down, right); break;
    case 3: orient(in, out, height, width, 3, start, down, right); break;
    default: orient(in, out, height, width, channels, start, down, right); break;
    }
}
