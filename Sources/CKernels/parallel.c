#include "parallel.h"
#include "training.h"

// libgomp's entry points, as its compilers call them; there is no header for these.
extern void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
extern int omp_get_thread_num(void);
extern int omp_get_num_threads(void);
extern int omp_get_max_threads(void);
extern void omp_set_num_threads(int);

void millrace_set_threads(int count) { omp_set_num_threads(count); }
int millrace_max_threads(void) { return omp_get_max_threads(); }

struct task {
    size_t count, unit;
    millrace_range body;
    void *context;
};

static void run_part(void *data) {
    const struct task *task = data;
    size_t parts = (size_t)omp_get_num_threads(), part = (size_t)omp_get_thread_num();
    size_t units = (task->count + task->unit - 1) / task->unit;
    size_t begin = units * part / parts * task->unit, end = units * (part + 1) / parts * task->unit;
    if (end > task->count) end = task->count;
    if (begin < end) task->body(task->context, begin, end);
}

static void share_out(size_t count, size_t unit, bool is_worth_it, millrace_range body, void *context) {
    int threads = omp_get_max_threads();
    if (threads > 1 && is_worth_it) {
        struct task task = {count, unit, body, context};
        GOMP_parallel(run_part, &task, (unsigned)threads, 0);
    } else if (count > 0) {
        body(context, 0, count);
    }
}

void millrace_parallel(size_t count, size_t grain, millrace_range body, void *context) {
    // Parts end on cache lines of floats.
    share_out(count, 16, count >= 2 * grain, body, context);
}

size_t millrace_strip_width(size_t outer, size_t inner, size_t widest) {
    size_t width = widest;
    while (width > 32 && outer * ((inner + width - 1) / width) < 8) width /= 2;
    return width;
}

void millrace_parallel_parts(size_t count, size_t work, millrace_range body, void *context) {
    share_out(count, 1, count > 1 && work >= 1 << 16, body, context);
}
