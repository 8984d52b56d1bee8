#include "normalize_batch.h"

#include "clones.h"

enum mode { MOMENTS, SUMS, MASKED_SUMS };

// Lines whose numbers are added up in float32 before the sums go on in float64.
enum { RUN = 32 };

// Two sums for each of 16 `across` columns over some lines, `down` lines at once: of u and of u v. Of moments both are x
// less a number near the mean; else u is the gradient and v the centred x.
INLINE void add_tile(const struct batch_task *task, int mode, int type, int across, int down, size_t at, size_t channel,
                     size_t lines, double *sums, double *products) {
    size_t width = task->lines.width;
    vec sum[4], product[4], centre[4];
    struct mask mask;
    _Pragma("clang loop unroll(full)") for (int k = 0; k < 4; k++) {
        vec_splat(&sum[k], 0);
        vec_splat(&product[k], 0);
    }
    _Pragma("clang loop unroll(full)") for (int v = 0; v < across; v++) {
        vec_load(&centre[v], task->centre, MILLRACE_MAP_F32, channel + v * LANES);
        if (mode == MASKED_SUMS) {
            vec_load(&mask.scale[v], task->scale, MILLRACE_MAP_F32, channel + v * LANES);
            vec_load(&mask.offset[v], task->offset, MILLRACE_MAP_F32, channel + v * LANES);
        }
    }
    vec_splat(&mask.lower, task->bounds.lower);
    vec_splat(&mask.upper, task->bounds.upper);
#define ADD(line, u)                                                                   \
    _Pragma("clang loop unroll(full)") for (int v = 0; v < across; v++) {              \
        int k = (u) * across + v;                                                      \
        size_t place = at + (line) * width + v * LANES;                                \
        vec x, g;                                                                      \
        vec_load(&x, task->x->values, type, place);                                    \
        x -= centre[v];                                                                \
        g = x;                                                                         \
        if (mode != MOMENTS) vec_load(&g, task->gradients, type, place);               \
        if (mode == MASKED_SUMS) vec_mask(&g, &x, &mask, v);                           \
        sum[k] += g;                                                                   \
        product[k] += g * x;                                                           \
    }
    size_t line = 0;
    for (; line + down <= lines; line += down) {
        _Pragma("clang loop unroll(full)") for (int u = 0; u < down; u++) { ADD(line + u, u) }
    }
    for (; line < lines; line++) { ADD(line, 0) }
    _Pragma("clang loop unroll(full)") for (int u = 1; u < down; u++) {
        _Pragma("clang loop unroll(full)") for (int v = 0; v < across; v++) {
            sum[v] += sum[u * across + v];
            product[v] += product[u * across + v];
        }
    }
    _Pragma("clang loop unroll(full)") for (int v = 0; v < across; v++) {
        for (int i = 0; i < LANES; i++) {
            sums[v * LANES + i] += sum[v][i];
            products[v * LANES + i] += product[v][i];
        }
    }
}

// The columns that fill no vector.
INLINE void add_rest(const struct batch_task *task, int mode, int type, size_t column, size_t at, size_t channel,
                     size_t lines, double *sums, double *products) {
    size_t width = task->lines.width;
    for (size_t line = 0; line < lines; line++) {
        for (size_t i = column; i < width; i++) {
            size_t place = at + line * width + i;
            float x = (type == MILLRACE_MAP_F32 ? ((const float *)task->x->values)[place]
                                                : from_bfloat16(((const uint16_t *)task->x->values)[place]));
            x -= task->centre[channel + i];
            float g = x;
            if (mode != MOMENTS)
                g = type == MILLRACE_MAP_F32 ? ((const float *)task->gradients)[place]
                                             : from_bfloat16(((const uint16_t *)task->gradients)[place]);
            if (mode == MASKED_SUMS) {
                float y = x * task->scale[channel + i] + task->offset[channel + i];
                g = y > task->bounds.lower && y < task->bounds.upper ? g : 0.0f;
            }
            sums[i] += g;
            products[i] += g * x;
        }
    }
}

// Lines that follow each other and have the same factors.
INLINE void add_lines(const struct batch_task *task, int mode, int type, size_t at, size_t channel, size_t count,
                      double *sums, double *products) {
    size_t width = task->lines.width;
    size_t run = width == 2 * LANES ? 2 * RUN : (width < 4 * LANES ? 4 * RUN : RUN);
    for (size_t first = 0; first < count; first += run) {
        size_t lines = count - first < run ? count - first : run, begin = at + first * width, column = 0;
        if (width == LANES) {
            add_tile(task, mode, type, 1, 4, begin, channel, lines, sums, products);
            continue;
        }
        if (width == 2 * LANES) {
            add_tile(task, mode, type, 2, 2, begin, channel, lines, sums, products);
            continue;
        }
        for (; column + 4 * LANES <= width; column += 4 * LANES)
            add_tile(task, mode, type, 4, 1, begin + column, channel + column, lines, sums + column, products + column);
        for (; column + LANES <= width; column += LANES)
            add_tile(task, mode, type, 1, 4, begin + column, channel + column, lines, sums + column, products + column);
        add_rest(task, mode, type, column, begin, channel, lines, sums, products);
    }
}

CLONES void millrace_add_slices(void *context, size_t begin, size_t end) {
    const struct batch_task *task = context;
    size_t width = task->lines.width, all = task->lines.groups * width;
    int type = task->x->type, mode = !task->gradients ? MOMENTS : (task->bounds.is_bounded ? MASKED_SUMS : SUMS);
    for (size_t slice = begin; slice < end; slice++) {
        size_t line = task->lines.count * slice / MILLRACE_NORMALIZE_SLICES;
        size_t last = task->lines.count * (slice + 1) / MILLRACE_NORMALIZE_SLICES;
        double *sums = task->partial + slice * 2 * all;
        for (size_t i = 0; i < 2 * all; i++) sums[i] = 0;
        while (line < last) {
            size_t strip = line / task->lines.strip, next = (strip + 1) * task->lines.strip;
            size_t count = (next < last ? next : last) - line, channel = strip % task->lines.groups * width;
            double *s = sums + channel, *p = s + all;
#define CASE(M, T)                     \
    if (mode == M && type == T) add_lines(task, M, T, line * width, channel, count, s, p)
            CASE(MOMENTS, MILLRACE_MAP_F32);
            CASE(MOMENTS, MILLRACE_MAP_BF16);
            CASE(SUMS, MILLRACE_MAP_F32);
            CASE(SUMS, MILLRACE_MAP_BF16);
            CASE(MASKED_SUMS, MILLRACE_MAP_F32);
            CASE(MASKED_SUMS, MILLRACE_MAP_BF16);
            line += count;
        }
    }
}
