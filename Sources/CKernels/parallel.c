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
    size_t count;
    millrace_range body;
    void *context;
};

static void run_part(void *data) {
    const struct task *task = data;
    size_t parts = (size_t)omp_get_num_threads(), part = (size_t)omp_get_thread_num();
    // Parts end on cache lines of floats.
    size_t lines = (task->count + 15) / 16;
    size_t begin = lines * part / parts * 16, end = lines * (part + 1) / parts * 16;
    if (end > task->count) end = task->count;
    if (begin < end) task->body(task->context, begin, end);
}

void millrace_parallel(size_t count, size_t grain, millrace_range body, void *context) {
    int threads = omp_get_max_threads();
    if (threads > 1 && count >= 2 * grain) {
        struct task task = {count, body, context};
        GOMP_parallel(run_part, &task, (unsigned)threads, 0);
    } else if (count > 0) {
        body(context, 0, count);
    }
}
