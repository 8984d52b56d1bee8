// Bilinear samples of pixels of three bytes: the four of each place are collected one by one, and mixed side by side.
//
// A fused multiply-add rounds once instead of twice: the same sample would give other bytes on other machines.
#pragma STDC FP_CONTRACT OFF

#include <string.h>

#include "augment_sample.h"
#include "clones.h"

// Places that are mixed at once.
enum { SIDE = 16 };

typedef float floats __attribute__((vector_size(64)));
typedef int32_t ints __attribute__((vector_size(64)));
typedef uint8_t bytes __attribute__((vector_size(64)));

// The pixels above and below a place: six bytes, those on the left first, and two of any value.
struct corners {
    uint64_t above[RUN], below[RUN];
    // Places of which a part has the fill value.
    uint16_t outside[RUN];
    size_t outside_count;
};

static inline uint64_t pair(const uint8_t *left, const uint8_t *right) {
    uint8_t both[8] = {left[0], left[1], left[2], right[0], right[1], right[2]};
    uint64_t result;
    memcpy(&result, both, sizeof result);
    return result;
}

static void collect_edge(
    const struct millrace_image *image, ptrdiff_t x, ptrdiff_t y, size_t i, int fill, struct corners *corners) {
    ptrdiff_t height = (ptrdiff_t)image->height, width = (ptrdiff_t)image->width;
    ptrdiff_t left = inside(x, width, fill), right = inside(x + 1, width, fill);
    ptrdiff_t top = inside(y, height, fill), bottom = inside(y + 1, height, fill);
    corners->above[i] = corners->below[i] = 0;
    if (left < 0 || right < 0 || top < 0 || bottom < 0) {
        corners->outside[corners->outside_count++] = (uint16_t)i;
        return;
    }
    const uint8_t *above = (const uint8_t *)image->values + top * width * 3;
    const uint8_t *below = (const uint8_t *)image->values + bottom * width * 3;
    corners->above[i] = pair(above + left * 3, above + right * 3);
    corners->below[i] = pair(below + left * 3, below + right * 3);
}

static void collect(
    const struct millrace_image *image, const struct run *run, size_t count, int fill, struct corners *corners) {
    int32_t places[RUN];
    millrace_locate(image, run, count, places);
    size_t row = image->width * 3;
    const uint8_t *in = image->values;
    corners->outside_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (places[i] < 0) {
            collect_edge(image, run->x[i], run->y[i], i, fill, corners);
            continue;
        }
        // A third pixel lies behind the two: eight bytes may be read.
        const uint8_t *above = in + places[i];
        memcpy(&corners->above[i], above, 8);
        memcpy(&corners->below[i], above + row, 8);
    }
    for (size_t i = count; i % SIDE != 0; i++) corners->above[i] = corners->below[i] = 0;
}

// The six bytes of each pair as floats: left and right of red, of green, of blue.
static inline __attribute__((always_inline)) void spread(const uint64_t *pairs, floats colors[3][2]) {
    ints first, second;
    memcpy(&first, pairs, sizeof first);
    memcpy(&second, pairs + SIDE / 2, sizeof second);
    ints low = __builtin_shufflevector(first, second, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    ints high = __builtin_shufflevector(first, second, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    colors[0][0] = __builtin_convertvector(low & 255, floats);
    colors[1][0] = __builtin_convertvector(low >> 8 & 255, floats);
    colors[2][0] = __builtin_convertvector(low >> 16 & 255, floats);
    colors[0][1] = __builtin_convertvector(low >> 24 & 255, floats);
    colors[1][1] = __builtin_convertvector(high & 255, floats);
    colors[2][1] = __builtin_convertvector(high >> 8 & 255, floats);
}

static inline __attribute__((always_inline)) void mix_side(
    const struct corners *corners, const struct run *run, size_t i, floats colors[3]) {
    floats above[3][2], below[3][2], right, down;
    spread(corners->above + i, above);
    spread(corners->below + i, below);
    memcpy(&right, run->right + i, sizeof right);
    memcpy(&down, run->down + i, sizeof down);
    floats left = 1 - right, up = 1 - down;
    for (size_t c = 0; c < 3; c++) {
        floats upper = above[c][0] * left + above[c][1] * right, lower = below[c][0] * left + below[c][1] * right;
        colors[c] = upper * up + lower * down;
    }
}

static inline __attribute__((always_inline)) void join_floats(const floats colors[3], floats lines[3]) {
    floats part;
    part = __builtin_shufflevector(colors[0], colors[1], 0, 16, -1, 1, 17, -1, 2, 18, -1, 3, 19, -1, 4, 20, -1, 5);
    lines[0] = __builtin_shufflevector(part, colors[2], 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15);
    part = __builtin_shufflevector(
        colors[0], colors[1], 21, -1, 6, 22, -1, 7, 23, -1, 8, 24, -1, 9, 25, -1, 10, 26);
    lines[1] = __builtin_shufflevector(part, colors[2], 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15);
    part = __builtin_shufflevector(
        colors[0], colors[1], -1, 11, 27, -1, 12, 28, -1, 13, 29, -1, 14, 30, -1, 15, 31, -1);
    lines[2] = __builtin_shufflevector(part, colors[2], 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31);
}

// Means of bytes are never below 0, and above 255 by less than they are rounded by.
static inline __attribute__((always_inline)) void join_bytes(const floats colors[3], bytes *line) {
    ints whole[3];
    for (size_t c = 0; c < 3; c++) whole[c] = __builtin_convertvector((colors[c] + 0x1p23f) - 0x1p23f, ints);
    ints pixels = whole[0] | whole[1] << 8 | whole[2] << 16;
    bytes all;
    memcpy(&all, &pixels, sizeof all);
    *line = __builtin_shufflevector(
        all, all, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 16, 17, 18, 20, 21, 22, 24, 25, 26, 28, 29, 30,
        32, 33, 34, 36, 37, 38, 40, 41, 42, 44, 45, 46, 48, 49, 50, 52, 53, 54, 56, 57, 58, 60, 61, 62, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
}

CLONES static void mix_floats(const struct corners *corners, const struct run *run, size_t count, float *out) {
    for (size_t i = 0; i < count; i += SIDE) {
        floats colors[3], lines[3];
        mix_side(corners, run, i, colors);
        join_floats(colors, lines);
        if (count - i < SIDE)
            memcpy(out + 3 * i, lines, (count - i) * 3 * sizeof(float));
        else
            memcpy(out + 3 * i, lines, sizeof lines);
    }
}

CLONES static void mix_bytes(const struct corners *corners, const struct run *run, size_t count, uint8_t *out) {
    for (size_t i = 0; i < count; i += SIDE) {
        floats colors[3];
        bytes line;
        mix_side(corners, run, i, colors);
        join_bytes(colors, &line);
        if (count - i < SIDE)
            memcpy(out + 3 * i, &line, (count - i) * 3);
        else
            memcpy(out + 3 * i, &line, 3 * SIDE);
    }
}

void millrace_bilinear_colors(
    const struct millrace_image *image, const struct run *run, size_t count, const struct millrace_sampling *how,
    void *out, size_t at) {
    struct corners corners;
    collect(image, run, count, how->fill, &corners);
    if (how->rounds)
        mix_bytes(&corners, run, count, (uint8_t *)out + at);
    else
        mix_floats(&corners, run, count, (float *)out + at);
    for (size_t k = 0; k < corners.outside_count; k++) {
        size_t i = corners.outside[k], to = at + 3 * i;
        float pixel[3];
        millrace_bilinear_edge(image, run->x[i], run->y[i], run->right[i], run->down[i], how, pixel);
        if (how->rounds)
            millrace_round_to_bytes(pixel, (uint8_t *)out + to, 3);
        else
            memcpy((float *)out + to, pixel, sizeof pixel);
    }
}
