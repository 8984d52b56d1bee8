#include "pooling.h"

#include "parallel.h"

struct task {
    const struct millrace_windows *w;
    const float *values, *source;
    float *target;
};

// Parts are the rows of the target: (batch, depth, height).
static void gather(void *context, size_t begin, size_t end) {
    const struct task *task = context;
    const struct millrace_windows *w = task->w;
    for (size_t k = begin; k < end; k++) {
        ptrdiff_t at[3] = {(ptrdiff_t)k / w->output[1] % w->output[0], (ptrdiff_t)k % w->output[1], 0};
        size_t image = k / (size_t)(w->output[0] * w->output[1]) * (size_t)(w->input[0] * w->input[1] * w->input[2]);
        for (at[2] = 0; at[2] < w->output[2]; at[2]++) {
            for (size_t c = 0; c < w->channels; c++) {
                float largest = 0, value = 0;
                int is_empty = 1;
                ptrdiff_t tap[3], place[3];
                for (tap[0] = 0; tap[0] < w->kernel[0]; tap[0]++) {
                    for (tap[1] = 0; tap[1] < w->kernel[1]; tap[1]++) {
                        for (tap[2] = 0; tap[2] < w->kernel[2]; tap[2]++) {
                            int is_inside = 1;
                            for (int i = 0; i < 3; i++) {
                                place[i] = at[i] * w->strides[i] - w->before[i] + tap[i] * w->dilation[i];
                                is_inside &= place[i] >= 0 && place[i] < w->input[i];
                            }
                            if (!is_inside) continue;
                            size_t position = (size_t)((place[0] * w->input[1] + place[1]) * w->input[2] + place[2]);
                            size_t from = (image + position) * w->channels + c;
                            if (is_empty || task->source[from] > largest) {
                                largest = task->source[from];
                                value = task->values[from];
                                is_empty = 0;
                            }
                        }
                    }
                }
                task->target[(k * (size_t)w->output[2] + (size_t)at[2]) * w->channels + c] = value;
            }
        }
    }
}

void millrace_gather_at_maxima(
    const struct millrace_windows *windows, const float *values, const float *source, float *target) {
    struct task task = {windows, values, source, target};
    size_t rows = windows->batch * (size_t)(windows->output[0] * windows->output[1]);
    millrace_parallel_parts(rows, rows * (size_t)windows->output[2] * windows->channels, gather, &task);
}
