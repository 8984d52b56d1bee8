#include <float.h>

#include "updates.h"

static void sum_range(void *context, size_t begin, size_t end) {
    struct parts *parts = context;
    size_t units = (parts->count + 15) / 16;
    for (size_t part = begin; part < end; part++) {
        size_t first = units * part / PARTS * 16, last = units * (part + 1) / PARTS * 16;
        if (last > parts->count) last = parts->count;
        if (first < last) parts->body(parts->context, first, last, parts->sums[part]);
    }
}

void sum_parts(struct parts *parts, double sums[2]) {
    millrace_parallel_parts(PARTS, parts->work, sum_range, parts);
    sums[0] = sums[1] = 0.0;
    for (size_t part = 0; part < PARTS; part++) {
        sums[0] += parts->sums[part][0];
        sums[1] += parts->sums[part][1];
    }
}

CLONES static void squares_range(void *context, size_t begin, size_t end, double sums[2]) {
    const float *x = context;
    double lanes[16] = {0};
    size_t i = begin;
    for (; i + 16 <= end; i += 16)
        for (size_t j = 0; j < 16; j++) lanes[j] += (double)x[i + j] * x[i + j];
    for (; i < end; i++) lanes[0] += (double)x[i] * x[i];
    for (size_t j = 0; j < 16; j++) sums[0] += lanes[j];
}

double millrace_sum_squares(const float *values, size_t count) {
    struct parts parts = {count, count * 4, squares_range, (void *)values, {{0}}};
    double sums[2];
    sum_parts(&parts, sums);
    return sums[0];
}

struct finite {
    const float *values;
    float factor;
};

CLONES static void finite_range(void *context, size_t begin, size_t end, double sums[2]) {
    const struct finite *t = context;
    const float *x = t->values;
    float factor = t->factor;
    int bad = 0;
    for (size_t i = begin; i < end; i++) bad |= !(__builtin_fabsf(x[i] * factor) <= FLT_MAX);
    sums[0] = bad;
}

bool millrace_all_finite(const float *values, size_t count, float factor) {
    struct finite task = {values, factor};
    struct parts parts = {count, count * 4, finite_range, &task, {{0}}};
    double sums[2];
    sum_parts(&parts, sums);
    return sums[0] == 0.0;
}

struct pair {
    struct millrace_update update;
    float *a, *b;
    float factor_a, factor_b;
    bool nesterov;
};

CLONES static void prepare_range(void *context, size_t begin, size_t end) {
    const struct pair *t = context;
    const struct millrace_update update = t->update, *u = &update;
    float *w = u->weights, *g = t->a;
    IN_PLACE for (size_t i = begin; i < end; i++) {
        g[i] = kept(u, i);
        w[i] = decayed(u, i);
    }
}

void millrace_prepare_update(struct millrace_update update, float *gradients) {
    struct pair task = {.update = update, .a = gradients};
    millrace_parallel(update.count, UPDATE_GRAIN, prepare_range, &task);
}

CLONES static void muon_range(void *context, size_t begin, size_t end) {
    const struct pair *t = context;
    const struct millrace_update update = t->update, *u = &update;
    float *w = u->weights, *m = t->a, *target = t->b, momentum = t->factor_a, rest = momentum - 1.0f;
    bool nesterov = t->nesterov;
    IN_PLACE for (size_t i = begin; i < end; i++) {
        float g = kept(u, i);
        w[i] = decayed(u, i);
        m[i] += g + m[i] * rest;
        target[i] = nesterov ? g + momentum * m[i] : m[i];
    }
}

void millrace_muon_momentum(struct millrace_update update, float *momenta, float *target, float momentum,
                            bool nesterov) {
    struct pair task = {update, momenta, target, momentum, 0.0f, nesterov};
    millrace_parallel(update.count, UPDATE_GRAIN, muon_range, &task);
}

CLONES static void blend_range(void *context, size_t begin, size_t end) {
    const struct pair *t = context;
    float *a = t->a, factor_a = t->factor_a, factor_b = t->factor_b;
    const float *b = t->b;
    IN_PLACE for (size_t i = begin; i < end; i++) a[i] = factor_a * a[i] + factor_b * b[i];
}

void millrace_blend(float *a, const float *b, size_t count, float factor_a, float factor_b) {
    struct pair task = {.a = a, .b = (float *)b, .factor_a = factor_a, .factor_b = factor_b};
    millrace_parallel(count, UPDATE_GRAIN, blend_range, &task);
}

CLONES static void drain_range(void *context, size_t begin, size_t end) {
    const struct pair *t = context;
    float *a = t->a, *b = t->b;
    IN_PLACE for (size_t i = begin; i < end; i++) {
        a[i] += b[i];
        b[i] = 0.0f;
    }
}

void millrace_drain(float *a, float *b, size_t count) {
    struct pair task = {.a = a, .b = b};
    millrace_parallel(count, UPDATE_GRAIN, drain_range, &task);
}

CLONES static void swap_range(void *context, size_t begin, size_t end) {
    const struct pair *t = context;
    float *a = t->a, *b = t->b;
    IN_PLACE for (size_t i = begin; i < end; i++) {
        float kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

void millrace_swap(float *a, float *b, size_t count) {
    struct pair task = {.a = a, .b = b};
    millrace_parallel(count, UPDATE_GRAIN, swap_range, &task);
}
