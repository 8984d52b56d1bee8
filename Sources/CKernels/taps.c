#include "include/taps.h"

#include "functions.h"
#include "parallel.h"

struct task {
    const void *source;
    void *target;
    bool is_brief;
    size_t inputs, outputs, inner;
    struct millrace_tap_rows rows;
};

enum { WIDTH = 256 };

static inline __attribute__((always_inline)) float get(const void *array, bool is_brief, size_t place) {
    return is_brief ? from_bfloat16(((const uint16_t *)array)[place]) : ((const float *)array)[place];
}

static inline __attribute__((always_inline)) void lines(const struct task *t, size_t begin, size_t end, bool is_brief) {
    const struct millrace_tap_rows rows = t->rows;
    for (size_t line = begin; line < end; line++) {
        size_t row = line % t->outputs, base = line / t->outputs * t->inputs;
        for (size_t at = 0; at < t->inner; at += WIDTH) {
            size_t n = t->inner - at < WIDTH ? t->inner - at : WIDTH, place = line * t->inner + at;
            float sums[WIDTH];
            for (size_t j = 0; j < n; j++) sums[j] = 0.0f;
            for (int32_t k = rows.starts[row]; k < rows.starts[row + 1]; k++) {
                size_t first = (base + (size_t)rows.indices[k]) * t->inner + at;
                float factor = rows.factors[k];
                for (size_t j = 0; j < n; j++) sums[j] += factor * get(t->source, is_brief, first + j);
            }
            if (is_brief) for (size_t j = 0; j < n; j++) ((uint16_t *)t->target)[place + j] = to_bfloat16(sums[j]);
            else memcpy((float *)t->target + place, sums, n * 4);
        }
    }
}

CLONES static void tap_range(void *context, size_t begin, size_t end) {
    const struct task *t = context;
    if (t->is_brief) lines(t, begin, end, true);
    else lines(t, begin, end, false);
}

void millrace_taps(const void *source, void *target, bool is_brief, size_t outer, size_t inputs, size_t outputs,
                   size_t inner, struct millrace_tap_rows rows) {
    struct task task = {source, target, is_brief, inputs, outputs, inner, rows};
    millrace_parallel_parts(outer * outputs, outer * outputs * inner * 4, tap_range, &task);
}
