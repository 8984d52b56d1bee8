#include "map.h"

#include "functions.h"
#include "parallel.h"

enum { BLOCK = 512 };

// Loops over a block; registers are distinct arrays or a flat operand itself, each read and written at its own place.
#define EACH(expression)                                                                                    \
    _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < n; i++) { t[i] = (expression); } \
    break

// The same where not every processor has a vector instruction.
#define EACH_CALL(expression)                                \
    for (size_t i = 0; i < n; i++) { t[i] = (expression); } \
    break

static inline __attribute__((always_inline)) void step(
    const struct millrace_map_instruction *s, float *t, const float *a, const float *b, const float *c, size_t n) {
    float p = s->p, q = s->q;
    switch (s->function) {
    case MILLRACE_MAP_CONSTANT: EACH(p);
    case MILLRACE_MAP_COPY: EACH(a[i]);
    case MILLRACE_MAP_ABSOLUTE: EACH(fabsf(a[i]));
    case MILLRACE_MAP_SIGN: EACH(a[i] > 0.0f ? 1.0f : (a[i] < 0.0f ? -1.0f : a[i]));
    case MILLRACE_MAP_SQUARE: EACH(a[i] * a[i]);
    case MILLRACE_MAP_SQUARE_ROOT: EACH(__builtin_elementwise_sqrt(a[i]));
    case MILLRACE_MAP_RECIPROCAL_ROOT: EACH(1.0f / __builtin_elementwise_sqrt(a[i]));
    case MILLRACE_MAP_RECIPROCAL: EACH(1.0f / a[i]);
    case MILLRACE_MAP_EXP: EACH(vector_exp(a[i]));
    case MILLRACE_MAP_EXPM1: EACH(vector_expm1(a[i]));
    case MILLRACE_MAP_LOG: EACH(vector_log(a[i]));
    case MILLRACE_MAP_LOG1P: EACH(vector_log1p(a[i]));
    case MILLRACE_MAP_SINE: EACH_CALL(sinf(a[i]));
    case MILLRACE_MAP_COSINE: EACH_CALL(cosf(a[i]));
    case MILLRACE_MAP_TANH: EACH(vector_tanh(a[i]));
    case MILLRACE_MAP_SIGMOID: EACH(vector_sigmoid(a[i]));
    case MILLRACE_MAP_SOFTPLUS: EACH(vector_softplus(a[i]));
    case MILLRACE_MAP_ERF: EACH(vector_erf(a[i]));
    case MILLRACE_MAP_FLOOR: EACH_CALL(floorf(a[i]));
    case MILLRACE_MAP_CEIL: EACH_CALL(ceilf(a[i]));
    case MILLRACE_MAP_ROUND: EACH_CALL(rintf(a[i]));
    case MILLRACE_MAP_RELU:
        // Zero times infinity is no number.
        if (p == 0.0f) { EACH(a[i] <= 0.0f ? 0.0f : a[i]); }
        EACH(a[i] > 0.0f ? a[i] : p * a[i]);
    case MILLRACE_MAP_AFFINE: EACH(p * a[i] + q);
    case MILLRACE_MAP_CLIP: EACH(a[i] < p ? p : (a[i] > q ? q : a[i]));
    case MILLRACE_MAP_ADD: EACH(a[i] + b[i]);
    case MILLRACE_MAP_SUBTRACT: EACH(a[i] - b[i]);
    case MILLRACE_MAP_MULTIPLY: EACH(a[i] * b[i]);
    case MILLRACE_MAP_DIVIDE: EACH(a[i] / b[i]);
    // NaN of either side stays.
    case MILLRACE_MAP_MAXIMUM: EACH(a[i] > b[i] || a[i] != a[i] ? a[i] : b[i]);
    case MILLRACE_MAP_MINIMUM: EACH(a[i] < b[i] || a[i] != a[i] ? a[i] : b[i]);
    case MILLRACE_MAP_POWER: EACH_CALL(powf(a[i], b[i]));
    case MILLRACE_MAP_EQUAL: EACH(a[i] == b[i] ? 1.0f : 0.0f);
    case MILLRACE_MAP_LESS: EACH(a[i] < b[i] ? 1.0f : 0.0f);
    case MILLRACE_MAP_LESS_OR_EQUAL: EACH(a[i] <= b[i] ? 1.0f : 0.0f);
    case MILLRACE_MAP_RELU_GRADIENT:
        if (p == 0.0f) { EACH(b[i] > 0.0f ? a[i] : 0.0f); }
        EACH(b[i] > 0.0f ? a[i] : p * a[i]);
    case MILLRACE_MAP_CLIP_GRADIENT: EACH(b[i] > p && b[i] < q ? a[i] : 0.0f);
    case MILLRACE_MAP_SELECT:
        // Both sides are read whatever the condition: reading one of them would be a branch.
        _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < n; i++) {
            float u = b[i], v = c[i];
            t[i] = a[i] != 0.0f ? u : v;
        }
        break;
    case MILLRACE_MAP_BFLOAT16: EACH(from_bfloat16(to_bfloat16(a[i])));
    case MILLRACE_MAP_TO_INTEGER: EACH(from_bits((uint32_t)truncated(a[i])));
    case MILLRACE_MAP_FROM_INTEGER: EACH((float)(int32_t)to_bits(a[i]));
    case MILLRACE_MAP_EQUAL_INTEGERS: EACH(to_bits(a[i]) == to_bits(b[i]) ? 1.0f : 0.0f);
    case MILLRACE_MAP_LESS_INTEGERS: EACH((int32_t)to_bits(a[i]) < (int32_t)to_bits(b[i]) ? 1.0f : 0.0f);
    case MILLRACE_MAP_LESS_OR_EQUAL_INTEGERS: EACH((int32_t)to_bits(a[i]) <= (int32_t)to_bits(b[i]) ? 1.0f : 0.0f);
    }
}

static inline __attribute__((always_inline)) void widen(
    const void *array, int type, ptrdiff_t offset, ptrdiff_t stride, float *target, size_t n) {
    if (stride == 0) {
        float value = type == MILLRACE_MAP_BF16 ? from_bfloat16(((const uint16_t *)array)[offset])
                                                : ((const float *)array)[offset];
        for (size_t i = 0; i < n; i++) target[i] = value;
    } else if (type == MILLRACE_MAP_BF16) {
        const uint16_t *source = (const uint16_t *)array + offset;
        for (size_t i = 0; i < n; i++) target[i] = from_bfloat16(source[i]);
    } else {
        memcpy(target, (const float *)array + offset, n * 4);
    }
}

// Fills a register with the elements of a repeating operand that belong to `n` elements of the result from `first` on.
static inline __attribute__((always_inline)) void load(
    const struct millrace_map *map, const struct millrace_map_operand *operand, const void *array, size_t first,
    float *target, size_t n) {
    int last = map->axes - 1;
    size_t inner = map->extents[last], rest = first / inner, column = first % inner;
    for (size_t done = 0; done < n;) {
        ptrdiff_t offset = (ptrdiff_t)column * operand->strides[last];
        size_t row = rest;
        for (int axis = last - 1; axis >= 0; axis--) {
            offset += (ptrdiff_t)(row % map->extents[axis]) * operand->strides[axis];
            row /= map->extents[axis];
        }
        size_t run = inner - column < n - done ? inner - column : n - done;
        widen(array, operand->type, offset, operand->strides[last], target + done, run);
        done += run;
        column = 0;
        rest++;
    }
}

struct task {
    const struct millrace_map *map;
    void *const *arrays;
};

CLONES static void run_range(void *context, size_t begin, size_t end) {
    const struct task *task = context;
    const struct millrace_map *map = task->map;
    float memory[MILLRACE_MAP_REGISTERS][BLOCK] __attribute__((aligned(64)));
    float *registers[MILLRACE_MAP_REGISTERS];
    for (int r = 0; r < MILLRACE_MAP_REGISTERS; r++) registers[r] = memory[r];
    for (size_t first = begin; first < end; first += BLOCK) {
        size_t n = end - first < BLOCK ? end - first : BLOCK;
        for (int k = 0; k < map->inputs; k++) {
            const struct millrace_map_operand *operand = &map->input[k];
            void *array = task->arrays[k];
            if (!operand->is_flat) {
                load(map, operand, array, first, memory[operand->reg], n);
            } else if (operand->type != MILLRACE_MAP_BF16) {
                registers[operand->reg] = (float *)array + first;
            } else {
                widen(array, operand->type, (ptrdiff_t)first, 1, memory[operand->reg], n);
            }
        }
        void *result = task->arrays[map->inputs];
        float *last = map->output_type != MILLRACE_MAP_BF16 ? (float *)result + first : memory[0];
        for (int k = 0; k < map->instructions; k++) {
            const struct millrace_map_instruction *s = &map->code[k];
            float *target = k == map->instructions - 1 ? last : memory[s->target];
            step(s, target, registers[s->a], registers[s->b], registers[s->c], n);
            registers[s->target] = target;
        }
        if (map->output_type == MILLRACE_MAP_BF16) {
            uint16_t *target = (uint16_t *)result + first;
            for (size_t i = 0; i < n; i++) target[i] = to_bfloat16(last[i]);
        }
    }
}

void millrace_map_run(const struct millrace_map *map, void *const *arrays, size_t count) {
    struct task task = {map, arrays};
    millrace_parallel(count, 1 << 14, run_range, &task);
}
