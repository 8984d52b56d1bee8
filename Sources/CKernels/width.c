#include "include/width.h"

#include "functions.h"
#include "parallel.h"

struct task {
    const void *source;
    void *target;
};

CLONES static void widen(void *context, size_t begin, size_t end) {
    const struct task *t = context;
    const uint16_t *source = t->source;
    float *target = t->target;
    for (size_t i = begin; i < end; i++) target[i] = from_bfloat16(source[i]);
}

CLONES static void narrow(void *context, size_t begin, size_t end) {
    const struct task *t = context;
    const float *source = t->source;
    uint16_t *target = t->target;
    for (size_t i = begin; i < end; i++) target[i] = to_bfloat16(source[i]);
}

void millrace_widen(const uint16_t *source, float *target, size_t count) {
    struct task task = {source, target};
    millrace_parallel_parts(count, count, widen, &task);
}

void millrace_narrow(const float *source, uint16_t *target, size_t count) {
    struct task task = {source, target};
    millrace_parallel_parts(count, count, narrow, &task);
}
