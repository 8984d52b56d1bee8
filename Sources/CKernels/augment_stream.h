// Values that are written past the caches: of a large image, the first ones would be gone from them before it is read,
// and what lay there before need not be fetched.
#ifndef CKERNELS_AUGMENT_STREAM_H
#define CKERNELS_AUGMENT_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Images of fewer bytes are left to the caches. Larger ones are made in pieces that stay in the first of them.
enum { STREAMED_BYTES = 256 << 10, PIECE = 1024 };

typedef float cache_line __attribute__((vector_size(64)));

static inline __attribute__((always_inline)) void stream(const void *from, void *to, size_t count) {
    const uint8_t *in = from;
    uint8_t *out = to;
    size_t first = (64 - (uintptr_t)out % 64) % 64;
    first = first < count ? first : count;
    memcpy(out, in, first);
    size_t i = first;
    for (; i + 64 <= count; i += 64) {
        cache_line values;
        memcpy(&values, in + i, sizeof values);
        __builtin_nontemporal_store(values, (cache_line *)(void *)(out + i));
    }
    memcpy(out + i, in + i, count - i);
}

// What was streamed is there for other threads before anything that is written later.
static inline void end_stream(void) {
#if defined(__x86_64__)
    __builtin_ia32_sfence();
#else
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

#endif
