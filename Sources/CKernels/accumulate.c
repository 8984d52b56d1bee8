#include "include/training.h"
#include "parallel.h"

struct accumulation {
    float *target;
    const float *source;
    float factor;
    bool replaces;
};

CLONES static void accumulate_range(void *context, size_t begin, size_t end) {
    const struct accumulation *task = context;
    float *target = task->target;
    const float *source = task->source, factor = task->factor;
    if (task->replaces) {
        for (size_t i = begin; i < end; i++) target[i] = source[i] * factor;
    } else {
        for (size_t i = begin; i < end; i++) target[i] += source[i] * factor;
    }
}

void millrace_accumulate(float *target, const float *source, size_t count, float factor, bool replaces) {
    struct accumulation task = {target, source, factor, replaces};
    millrace_parallel(count, 1 << 15, accumulate_range, &task);
}
