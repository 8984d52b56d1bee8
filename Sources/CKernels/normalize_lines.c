#include "normalize_batch.h"

#include "clones.h"

enum mode { FORWARD, BOUNDED, GRADIENT, MASKED_GRADIENT };

// 16 `across` columns of some lines: the normalized x, or the gradient for x.
INLINE void transform_tile(const struct batch_task *task, int mode, int type, int across, size_t at, size_t channel,
                           size_t lines) {
    size_t width = task->lines.width;
    vec centre[4], scale[4], shift[4], slope[4];
    struct mask mask;
    _Pragma("clang loop unroll(full)") for (int v = 0; v < across; v++) {
        size_t from = channel + v * LANES;
        vec_load(&centre[v], task->centre, MILLRACE_MAP_F32, from);
        vec_load(&scale[v], task->scale, MILLRACE_MAP_F32, from);
        vec_load(&shift[v], mode <= BOUNDED ? task->offset : task->shift, MILLRACE_MAP_F32, from);
        if (mode >= GRADIENT) vec_load(&slope[v], task->slope, MILLRACE_MAP_F32, from);
        if (mode == MASKED_GRADIENT) {
            mask.scale[v] = scale[v];
            vec_load(&mask.offset[v], task->offset, MILLRACE_MAP_F32, from);
        }
    }
    vec_splat(&mask.lower, task->bounds.lower);
    vec_splat(&mask.upper, task->bounds.upper);
    for (size_t line = 0; line < lines; line++) {
        _Pragma("clang loop unroll(full)") for (int v = 0; v < across; v++) {
            size_t place = at + line * width + v * LANES;
            vec x, y;
            vec_load(&x, task->x->values, type, place);
            x -= centre[v];
            if (mode <= BOUNDED) {
                y = x * scale[v] + shift[v];
                if (mode == BOUNDED) {
                    vec_bits is_low = y < mask.lower, is_high = y > mask.upper;
                    vec_select(&y, &is_low, &mask.lower, &y);
                    vec_select(&y, &is_high, &mask.upper, &y);
                }
            } else {
                vec g;
                vec_load(&g, task->gradients, type, place);
                if (mode == MASKED_GRADIENT) vec_mask(&g, &x, &mask, v);
                y = g * scale[v] + (x * slope[v] + shift[v]);
            }
            vec_store(&y, task->target, type, place);
        }
    }
}

// The columns that fill no vector.
INLINE void transform_rest(const struct batch_task *task, int mode, int type, size_t column, size_t at, size_t channel,
                           size_t lines) {
    size_t width = task->lines.width;
    for (size_t line = 0; line < lines; line++) {
        for (size_t i = column; i < width; i++) {
            size_t place = at + line * width + i, c = channel + i;
            float x = (type == MILLRACE_MAP_F32 ? ((const float *)task->x->values)[place]
                                                : from_bfloat16(((const uint16_t *)task->x->values)[place]));
            x -= task->centre[c];
            float y = mode == GRADIENT ? 0.0f : x * task->scale[c] + task->offset[c];
            if (mode == BOUNDED) {
                y = y < task->bounds.lower ? task->bounds.lower : y;
                y = y > task->bounds.upper ? task->bounds.upper : y;
            } else if (mode >= GRADIENT) {
                float g = type == MILLRACE_MAP_F32 ? ((const float *)task->gradients)[place]
                                                   : from_bfloat16(((const uint16_t *)task->gradients)[place]);
                if (mode == MASKED_GRADIENT) g = y > task->bounds.lower && y < task->bounds.upper ? g : 0.0f;
                y = g * task->scale[c] + (x * task->slope[c] + task->shift[c]);
            }
            if (type == MILLRACE_MAP_F32) ((float *)task->target)[place] = y;
            else ((uint16_t *)task->target)[place] = to_bfloat16(y);
        }
    }
}

// Lines that follow each other and have the same factors.
INLINE void transform_strip(const struct batch_task *task, int mode, int type, size_t at, size_t channel,
                            size_t count) {
    size_t width = task->lines.width;
    if (width == LANES) {
        transform_tile(task, mode, type, 1, at, channel, count);
        return;
    }
    // What the columns of a wide line have in common, its memory, stays in the cache.
    enum { RUN = 16 };
    for (size_t first = 0; first < count; first += RUN) {
        size_t lines = count - first < RUN ? count - first : RUN, begin = at + first * width, column = 0;
        for (; column + 4 * LANES <= width; column += 4 * LANES)
            transform_tile(task, mode, type, 4, begin + column, channel + column, lines);
        for (; column + LANES <= width; column += LANES)
            transform_tile(task, mode, type, 1, begin + column, channel + column, lines);
        transform_rest(task, mode, type, column, begin, channel, lines);
    }
}

CLONES void millrace_transform_lines(void *context, size_t line, size_t end) {
    const struct batch_task *task = context;
    size_t width = task->lines.width;
    int type = task->x->type;
    int mode = (task->gradients ? GRADIENT : FORWARD) + (task->bounds.is_bounded ? 1 : 0);
    while (line < end) {
        size_t strip = line / task->lines.strip, next = (strip + 1) * task->lines.strip;
        size_t count = (next < end ? next : end) - line, channel = strip % task->lines.groups * width;
#define CASE(M, T)                     \
    if (mode == M && type == T) transform_strip(task, M, T, line * width, channel, count)
        CASE(FORWARD, MILLRACE_MAP_F32);
        CASE(FORWARD, MILLRACE_MAP_BF16);
        CASE(BOUNDED, MILLRACE_MAP_F32);
        CASE(BOUNDED, MILLRACE_MAP_BF16);
        CASE(GRADIENT, MILLRACE_MAP_F32);
        CASE(GRADIENT, MILLRACE_MAP_BF16);
        CASE(MASKED_GRADIENT, MILLRACE_MAP_F32);
        CASE(MASKED_GRADIENT, MILLRACE_MAP_BF16);
        line += count;
    }
}
