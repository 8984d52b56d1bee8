#include "include/rows.h"

#include "functions.h"
#include "parallel.h"

struct gather {
    const char *table;
    const int32_t *numbers;
    char *target;
    size_t rows, bytes;
    // The first place with a number that is no row; `count` for none.
    size_t invalid;
};

static void gather_range(void *context, size_t begin, size_t end) {
    struct gather *task = context;
    size_t invalid = end;
    for (size_t k = begin; k < end; k++) {
        char *target = task->target + k * task->bytes;
        size_t row = (size_t)(uint32_t)task->numbers[k];
        if (task->numbers[k] >= 0 && row < task->rows) memcpy(target, task->table + row * task->bytes, task->bytes);
        else {
            memset(target, 0, task->bytes);
            invalid = k < invalid ? k : invalid;
        }
    }
    if (invalid == end) return;
    size_t known = __atomic_load_n(&task->invalid, __ATOMIC_RELAXED);
    while (invalid < known
           && !__atomic_compare_exchange_n(&task->invalid, &known, invalid, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
}

ptrdiff_t millrace_gather(
    const void *table, const int32_t *numbers, void *target, size_t count, size_t rows, size_t bytes) {
    struct gather task = {table, numbers, target, rows, bytes, count};
    millrace_parallel_parts(count, count * bytes / 4, gather_range, &task);
    return task.invalid < count ? (ptrdiff_t)task.invalid : -1;
}

struct scatter {
    const void *gradients;
    bool is_brief;
    const int32_t *numbers;
    float *target;
    size_t count, rows, width;
};

static inline __attribute__((always_inline)) void add_part(
    const struct scatter *task, size_t place, size_t row, size_t begin, size_t end) {
    float *target = task->target + row * task->width;
    size_t first = place * task->width;
    if (task->is_brief) {
        const uint16_t *source = (const uint16_t *)task->gradients + first;
        for (size_t i = begin; i < end; i++) target[i] += from_bfloat16(source[i]);
    } else {
        const float *source = (const float *)task->gradients + first;
        for (size_t i = begin; i < end; i++) target[i] += source[i];
    }
}

// All places, some of the columns: threads share the work evenly however often a row occurs.
CLONES static void scatter_columns(void *context, size_t begin, size_t end) {
    const struct scatter *task = context;
    for (size_t k = 0; k < task->count; k++) {
        size_t row = (size_t)(uint32_t)task->numbers[k];
        if (task->numbers[k] >= 0 && row < task->rows) add_part(task, k, row, begin, end);
    }
}

// All columns of some of the rows.
CLONES static void scatter_rows(void *context, size_t begin, size_t end) {
    const struct scatter *task = context;
    for (size_t k = 0; k < task->count; k++) {
        size_t row = (size_t)(uint32_t)task->numbers[k];
        if (task->numbers[k] >= 0 && row >= begin && row < end) add_part(task, k, row, 0, task->width);
    }
}

static void clear_range(void *context, size_t begin, size_t end) {
    memset((float *)context + begin, 0, (end - begin) * 4);
}

void millrace_scatter_add(
    const void *gradients, bool is_brief, const int32_t *numbers, float *target, size_t count, size_t rows,
    size_t width) {
    struct scatter task = {gradients, is_brief, numbers, target, count, rows, width};
    millrace_parallel(rows * width, 1 << 18, clear_range, target);
    if (width >= 64) millrace_parallel(width, count * width >= 1 << 16 ? 32 : width, scatter_columns, &task);
    else millrace_parallel_parts(rows, count * width, scatter_rows, &task);
}

struct one_hot {
    const int32_t *numbers;
    float *target;
    size_t depth;
};

static void one_hot_range(void *context, size_t begin, size_t end) {
    const struct one_hot *task = context;
    memset(task->target + begin * task->depth, 0, (end - begin) * task->depth * 4);
    for (size_t k = begin; k < end; k++) {
        size_t number = (size_t)(uint32_t)task->numbers[k];
        if (task->numbers[k] >= 0 && number < task->depth) task->target[k * task->depth + number] = 1.0f;
    }
}

void millrace_one_hot(const int32_t *numbers, float *target, size_t count, size_t depth) {
    struct one_hot task = {numbers, target, depth};
    millrace_parallel_parts(count, count * depth / 4, one_hot_range, &task);
}

struct reverse {
    const char *source;
    char *target;
    size_t middle, bytes;
};

static void reverse_range(void *context, size_t begin, size_t end) {
    const struct reverse *task = context;
    size_t bytes = task->bytes;
    for (size_t k = begin; k < end; k++) {
        const char *source = task->source + k * task->middle * bytes;
        char *target = task->target + ((k + 1) * task->middle - 1) * bytes;
        // Single elements without a call for each.
        if (bytes == 4) for (size_t i = 0; i < task->middle; i++) memcpy(target - i * 4, source + i * 4, 4);
        else if (bytes == 2) for (size_t i = 0; i < task->middle; i++) memcpy(target - i * 2, source + i * 2, 2);
        else for (size_t i = 0; i < task->middle; i++) memcpy(target - i * bytes, source + i * bytes, bytes);
    }
}

void millrace_reverse(const void *source, void *target, size_t outer, size_t middle, size_t bytes) {
    struct reverse task = {source, target, middle, bytes};
    millrace_parallel_parts(outer, outer * middle * bytes / 4, reverse_range, &task);
}

struct running {
    const void *source;
    void *target;
    bool is_brief, is_backwards;
    size_t middle, inner;
    // Strips of the inner axis, and how many numbers wide they are.
    size_t strips, width;
};

enum { RUNNING = 256 };

// Sums go in float32, each run of the inner axis onto the one before.
CLONES static void running_range(void *context, size_t begin, size_t end) {
    const struct running *task = context;
    float sums[RUNNING];
    for (size_t strip = begin; strip < end; strip++) {
        size_t k = strip / task->strips, first = strip % task->strips * task->width;
        size_t width = task->inner - first < task->width ? task->inner - first : task->width;
        memset(sums, 0, sizeof(sums));
        for (size_t i = 0; i < task->middle; i++) {
            size_t row = task->is_backwards ? task->middle - 1 - i : i;
            size_t place = (k * task->middle + row) * task->inner + first;
            if (task->is_brief) {
                const uint16_t *source = (const uint16_t *)task->source + place;
                uint16_t *target = (uint16_t *)task->target + place;
                for (size_t j = 0; j < width; j++) target[j] = to_bfloat16(sums[j] += from_bfloat16(source[j]));
            } else {
                const float *source = (const float *)task->source + place;
                float *target = (float *)task->target + place;
                for (size_t j = 0; j < width; j++) target[j] = sums[j] += source[j];
            }
        }
    }
}

void millrace_cumulative_sum(
    const void *source, void *target, bool is_brief, size_t outer, size_t middle, size_t inner, bool is_backwards) {
    size_t width = millrace_strip_width(outer, inner, RUNNING), strips = (inner + width - 1) / width;
    struct running task = {source, target, is_brief, is_backwards, middle, inner, strips, width};
    millrace_parallel_parts(outer * strips, outer * middle * inner, running_range, &task);
}
