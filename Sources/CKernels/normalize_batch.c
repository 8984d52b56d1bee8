#include "normalize_batch.h"

#include "parallel.h"

struct lines millrace_lines(const struct millrace_table *x) {
    // As few rows as make whole vectors of numbers; where that does not come out, some of them to fill most.
    size_t joint = 1;
    while (joint < LANES && joint * x->width % LANES) joint *= 2;
    if (x->inner % joint) {
        joint = x->width >= 128 ? 1 : 128 / x->width;
        while (joint > 1 && x->inner % joint) joint--;
    }
    size_t strip = x->inner / joint;
    return (struct lines){joint, joint * x->width, strip, x->groups, x->outer * x->groups * strip};
}

size_t millrace_normalize_scratch(const struct millrace_table *x) {
    struct lines lines = millrace_lines(x);
    return MILLRACE_NORMALIZE_SLICES * 2 * lines.groups * lines.width;
}

size_t millrace_normalize_factors(const struct millrace_table *x) {
    struct lines lines = millrace_lines(x);
    return MILLRACE_NORMALIZE_FACTORS * lines.groups * lines.width;
}

float *millrace_place_factor(struct factors *factors) {
    float *place = factors->next;
    factors->next += factors->lines.groups * factors->lines.width;
    return place;
}

void millrace_set_factor(const struct factors *factors, float *factor, size_t channel, float value) {
    size_t width = factors->x->width, group = channel / width;
    float *line = factor + group * factors->lines.width + channel % width;
    for (size_t k = 0; k < factors->lines.joint; k++) line[k * width] = value;
}

// Both sums of each channel: all slices, all rows of a line.
static void fold(const struct batch_task *task, size_t channel, double *sum, double *product) {
    size_t all = task->lines.groups * task->lines.width, width = task->x->width;
    const double *from = task->partial + channel / width * task->lines.width + channel % width;
    *sum = *product = 0;
    for (size_t slice = 0; slice < MILLRACE_NORMALIZE_SLICES; slice++) {
        for (size_t k = 0; k < task->lines.joint; k++) {
            *sum += from[slice * 2 * all + k * width];
            *product += from[slice * 2 * all + all + k * width];
        }
    }
}

void millrace_batch_moments(const struct millrace_table *x, float *means, float *variances, float *factors,
                            double *scratch) {
    struct factors all = {x, millrace_lines(x), factors};
    float *pivot = millrace_place_factor(&all);
    // Sums of what lies around zero lose nothing to a large mean: any row is near enough to it.
    for (size_t c = 0; c < table_channels(x) && table_rows(x) > 0; c++) {
        size_t at = c / x->width * x->inner * x->width + c % x->width;
        float value = x->type == MILLRACE_MAP_F32 ? ((const float *)x->values)[at]
                                                  : from_bfloat16(((const uint16_t *)x->values)[at]);
        means[c] = fabsf(value) <= 3.4e38f ? value : 0.0f;
        millrace_set_factor(&all, pivot, c, means[c]);
    }
    struct batch_task task = {.x = x, .lines = all.lines, .centre = pivot, .partial = scratch};
    millrace_parallel_parts(MILLRACE_NORMALIZE_SLICES, table_rows(x) * table_channels(x), millrace_add_slices, &task);
    for (size_t c = 0; c < table_channels(x); c++) {
        double sum, product;
        fold(&task, c, &sum, &product);
        double mean = sum / (double)table_rows(x), variance = product / (double)table_rows(x) - mean * mean;
        means[c] = (float)(means[c] + mean);
        variances[c] = (float)(variance > 0 || variance != variance ? variance : 0);
    }
}

void millrace_batch_normalize(const struct millrace_table *x, const struct millrace_normalization *how,
                              float *factors, void *target) {
    struct factors all = {x, millrace_lines(x), factors};
    float *centre = millrace_place_factor(&all), *scale = millrace_place_factor(&all);
    float *offset = millrace_place_factor(&all);
    for (size_t c = 0; c < table_channels(x); c++) {
        millrace_set_factor(&all, centre, c, how->means[c]);
        millrace_set_factor(&all, scale, c, (float)(how->gamma[c] / sqrt((double)how->variances[c] + how->epsilon)));
        millrace_set_factor(&all, offset, c, how->beta[c]);
    }
    struct batch_task task = {.x = x, .lines = all.lines, .bounds = how->bounds, .centre = centre, .scale = scale,
                              .offset = offset, .target = target};
    millrace_parallel_parts(all.lines.count, table_rows(x) * table_channels(x), millrace_transform_lines, &task);
}

void millrace_batch_sums(const struct millrace_table *x, const struct millrace_normalization *how,
                         const void *gradients, float *gamma_gradients, float *beta_gradients, float *factors,
                         double *scratch) {
    struct factors all = {x, millrace_lines(x), factors};
    float *centre = millrace_place_factor(&all), *scale = millrace_place_factor(&all);
    float *offset = millrace_place_factor(&all);
    for (size_t c = 0; c < table_channels(x); c++) {
        double factor = 1.0 / sqrt((double)how->variances[c] + how->epsilon);
        millrace_set_factor(&all, centre, c, how->means[c]);
        millrace_set_factor(&all, scale, c, (float)(how->gamma[c] * factor));
        millrace_set_factor(&all, offset, c, how->beta[c]);
    }
    struct batch_task task = {.x = x, .lines = all.lines, .gradients = gradients, .bounds = how->bounds,
                              .centre = centre, .scale = scale, .offset = offset, .partial = scratch};
    millrace_parallel_parts(
        MILLRACE_NORMALIZE_SLICES, 2 * table_rows(x) * table_channels(x), millrace_add_slices, &task);
    for (size_t c = 0; c < table_channels(x); c++) {
        double sum, product;
        fold(&task, c, &sum, &product);
        beta_gradients[c] = (float)sum;
        gamma_gradients[c] = (float)(product / sqrt((double)how->variances[c] + how->epsilon));
    }
}

void millrace_batch_gradient(const struct millrace_table *x, const struct millrace_normalization *how, bool is_constant,
                             const void *gradients, const float *gamma_gradients, const float *beta_gradients,
                             float *factors, void *target) {
    struct factors all = {x, millrace_lines(x), factors};
    float *centre = millrace_place_factor(&all), *scale = millrace_place_factor(&all);
    float *offset = millrace_place_factor(&all);
    float *slope = millrace_place_factor(&all), *shift = millrace_place_factor(&all);
    for (size_t c = 0; c < table_channels(x); c++) {
        double inverse = 1.0 / sqrt((double)how->variances[c] + how->epsilon), factor = how->gamma[c] * inverse;
        double count = (double)table_rows(x);
        millrace_set_factor(&all, centre, c, how->means[c]);
        millrace_set_factor(&all, scale, c, (float)factor);
        millrace_set_factor(&all, offset, c, how->beta[c]);
        millrace_set_factor(&all, slope, c, (float)(is_constant ? 0 : -factor * inverse * gamma_gradients[c] / count));
        millrace_set_factor(&all, shift, c, (float)(is_constant ? 0 : -factor * beta_gradients[c] / count));
    }
    struct batch_task task = {.x = x, .lines = all.lines, .gradients = gradients, .bounds = how->bounds,
                              .centre = centre, .scale = scale, .offset = offset, .slope = slope, .shift = shift,
                              .target = target};
    millrace_parallel_parts(all.lines.count, 2 * table_rows(x) * table_channels(x), millrace_transform_lines, &task);
}
