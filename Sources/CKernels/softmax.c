#include "include/softmax.h"

#include "functions.h"
#include "parallel.h"

struct task {
    int function;
    const void *source, *output;
    void *target;
    bool is_brief;
    size_t middle, inner;
    // Strips of the inner axis, and how many numbers wide they are.
    size_t strips, width;
};

static inline __attribute__((always_inline)) float get(const void *array, bool is_brief, size_t place) {
    return is_brief ? from_bfloat16(((const uint16_t *)array)[place]) : ((const float *)array)[place];
}

static inline __attribute__((always_inline)) void put(void *array, bool is_brief, size_t place, float value) {
    if (is_brief) ((uint16_t *)array)[place] = to_bfloat16(value);
    else ((float *)array)[place] = value;
}

// Numbers of the inner axis that are worked on together, at most.
enum { WIDTH = 256 };
#define IN_PLACE _Pragma("clang loop vectorize(assume_safety)")

// Runs of the inner axis side by side. NaN stays: no number is above it, and its exponential is NaN.
static inline __attribute__((always_inline)) void forward_columns(
    const struct task *task, size_t begin, size_t end, bool is_brief, bool is_log) {
    for (size_t strip = begin; strip < end; strip++) {
        size_t at = strip % task->strips * task->width, step = task->inner;
        size_t n = step - at < task->width ? step - at : task->width;
        size_t first = strip / task->strips * task->middle * step + at;
        float most[WIDTH], total[WIDTH];
        for (size_t k = 0; k < n; k++) most[k] = -INFINITY, total[k] = 0;
        for (size_t i = 0; i < task->middle; i++) {
            IN_PLACE for (size_t k = 0; k < n; k++) {
                float x = get(task->source, is_brief, first + i * step + k);
                most[k] = x > most[k] ? x : most[k];
            }
        }
        for (size_t i = 0; i < task->middle; i++) {
            IN_PLACE for (size_t k = 0; k < n; k++)
                total[k] += vector_exp(get(task->source, is_brief, first + i * step + k) - most[k]);
        }
        for (size_t k = 0; k < n; k++) total[k] = is_log ? most[k] + vector_log(total[k]) : 1.0f / total[k];
        for (size_t i = 0; i < task->middle; i++) {
            IN_PLACE for (size_t k = 0; k < n; k++) {
                float x = get(task->source, is_brief, first + i * step + k);
                put(task->target, is_brief, first + i * step + k,
                    is_log ? x - total[k] : vector_exp(x - most[k]) * total[k]);
            }
        }
    }
}

static inline __attribute__((always_inline)) void backward_columns(
    const struct task *task, size_t begin, size_t end, bool is_brief, bool is_log) {
    for (size_t strip = begin; strip < end; strip++) {
        size_t at = strip % task->strips * task->width, step = task->inner;
        size_t n = step - at < task->width ? step - at : task->width;
        size_t first = strip / task->strips * task->middle * step + at;
        float total[WIDTH];
        for (size_t k = 0; k < n; k++) total[k] = 0;
        for (size_t i = 0; i < task->middle; i++) {
            IN_PLACE for (size_t k = 0; k < n; k++) {
                float g = get(task->source, is_brief, first + i * step + k);
                total[k] += is_log ? g : g * get(task->output, is_brief, first + i * step + k);
            }
        }
        for (size_t i = 0; i < task->middle; i++) {
            IN_PLACE for (size_t k = 0; k < n; k++) {
                size_t place = first + i * step + k;
                float g = get(task->source, is_brief, place), y = get(task->output, is_brief, place);
                put(task->target, is_brief, place, is_log ? g - vector_exp(y) * total[k] : y * (g - total[k]));
            }
        }
    }
}

// The projection onto the simplex: numbers above a threshold, less the threshold. The threshold rises from that of all
// numbers until none below it is left in the support, which takes at most as many rounds as there are numbers.
static void sparse_forward(const struct task *task, size_t begin, size_t end) {
    size_t step = task->inner;
    for (size_t k = begin; k < end; k++) {
        size_t first = k / step * task->middle * step + k % step, last = task->middle + 1;
        float threshold = -INFINITY;
        for (;;) {
            double sum = 0;
            size_t count = 0;
            for (size_t i = 0; i < task->middle; i++) {
                float x = get(task->source, task->is_brief, first + i * step);
                if (!(x <= threshold)) sum += x, count++;
            }
            // No number above the threshold: rounding has left them all at it.
            if (count == last || count == 0) break;
            threshold = (float)((sum - 1.0) / (double)count);
            last = count;
        }
        for (size_t i = 0; i < task->middle; i++) {
            float x = get(task->source, task->is_brief, first + i * step) - threshold;
            put(task->target, task->is_brief, first + i * step, x < 0.0f ? 0.0f : x);
        }
    }
}

static void sparse_backward(const struct task *task, size_t begin, size_t end) {
    size_t step = task->inner;
    for (size_t k = begin; k < end; k++) {
        size_t first = k / step * task->middle * step + k % step, count = 0;
        double sum = 0;
        for (size_t i = 0; i < task->middle; i++) {
            if (get(task->output, task->is_brief, first + i * step) > 0.0f) {
                sum += get(task->source, task->is_brief, first + i * step);
                count++;
            }
        }
        float mean = count ? (float)(sum / (double)count) : 0.0f;
        for (size_t i = 0; i < task->middle; i++) {
            size_t place = first + i * step;
            bool is_inside = get(task->output, task->is_brief, place) > 0.0f;
            float g = get(task->source, task->is_brief, place);
            put(task->target, task->is_brief, place, is_inside ? g - mean : 0.0f);
        }
    }
}

#define KINDS(NAME)                                                                                          \
    CLONES static void NAME(void *context, size_t begin, size_t end) {                                       \
        const struct task *task = context;                                                                   \
        bool is_log = task->function == MILLRACE_LOG_SOFTMAX;                                                \
        if (task->is_brief) NAME##_columns(task, begin, end, true, is_log);                                  \
        else if (is_log) NAME##_columns(task, begin, end, false, true);                                      \
        else NAME##_columns(task, begin, end, false, false);                                                 \
    }

KINDS(forward)
KINDS(backward)

static void sparse_forward_range(void *context, size_t begin, size_t end) { sparse_forward(context, begin, end); }
static void sparse_backward_range(void *context, size_t begin, size_t end) { sparse_backward(context, begin, end); }

static void run(
    struct task *task, bool is_sparse, millrace_range sparse, millrace_range dense, size_t outer, size_t work) {
    task->width = millrace_strip_width(outer, task->inner, WIDTH);
    task->strips = (task->inner + task->width - 1) / task->width;
    work *= outer * task->middle * task->inner;
    // Lines of the sparse kind are worked on one by one.
    if (is_sparse) millrace_parallel_parts(outer * task->inner, work, sparse, task);
    else millrace_parallel_parts(outer * task->strips, work, dense, task);
}

void millrace_softmax(
    int function, const void *source, void *target, bool is_brief, size_t outer, size_t middle, size_t inner) {
    struct task task = {function, source, NULL, target, is_brief, middle, inner, 0, 0};
    run(&task, function == MILLRACE_SPARSEMAX, sparse_forward_range, forward, outer, 8);
}

void millrace_softmax_gradient(
    int function, const void *gradient, const void *output, void *target, bool is_brief, size_t outer, size_t middle,
    size_t inner) {
    struct task task = {function, gradient, output, target, is_brief, middle, inner, 0, 0};
    run(&task, function == MILLRACE_SPARSEMAX, sparse_backward_range, backward, outer, 4);
}
