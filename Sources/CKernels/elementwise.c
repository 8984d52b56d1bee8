#include "parallel.h"
#include "training.h"

// target may be a source: each element depends on its own position alone. Without this promise the compiler compares the
// addresses at run time, and work in place falls into the scalar loop, eight times as slow.
#define IN_PLACE _Pragma("clang loop vectorize(assume_safety)")

void millrace_fill(float *target, size_t count, float value) {
    for (size_t i = 0; i < count; i++) target[i] = value;
}

uint64_t millrace_dropout_key(uint64_t seed, uint64_t step, uint64_t stream) {
    // splitmix64's finaliser after each word.
    uint64_t words[3] = {seed, step, stream}, key = 0;
    for (int i = 0; i < 3; i++) {
        key += words[i] + 0x9e3779b97f4a7c15u;
        key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9u;
        key = (key ^ (key >> 27)) * 0x94d049bb133111ebu;
        key ^= key >> 31;
    }
    return key;
}

// A 32-bit finaliser of full avalanche; two keyed rounds of it make neighbouring elements independent.
static inline uint32_t mix(uint32_t x) {
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}

struct dropout {
    const float *source;
    float *target;
    size_t first;
    float rate;
    uint64_t key;
};

CLONES static void dropout_range(void *context, size_t begin, size_t end) {
    const struct dropout *task = context;
    const float *source = task->source;
    float *target = task->target;
    // rate is below 1: the layer makes zeros of its own otherwise.
    uint32_t threshold = (uint32_t)((double)task->rate * 4294967296.0);
    float scale = 1.0f / (1.0f - task->rate);
    for (size_t i = begin; i < end;) {
        // The upper half of the position changes the keys, the lower half is mixed: no position repeats another.
        uint64_t position = task->first + i;
        uint32_t high = (uint32_t)(position >> 32), low = (uint32_t)position;
        uint32_t inner = (uint32_t)task->key + mix(high), outer = (uint32_t)(task->key >> 32);
        size_t run = (size_t)(0x100000000u - low);
        if (run > end - i) run = end - i;
        IN_PLACE for (size_t k = 0; k < run; k++) {
            uint32_t random = mix(mix(low + (uint32_t)k + inner) ^ outer);
            target[i + k] = random >= threshold ? source[i + k] * scale : 0.0f;
        }
        i += run;
    }
}

void millrace_dropout(const float *source, float *target, size_t count, size_t first, float rate, uint64_t key) {
    struct dropout task = {source, target, first, rate, key};
    millrace_parallel(count, 1 << 15, dropout_range, &task);
}
