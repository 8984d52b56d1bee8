// The OpenMP pool of oneDNN (libgomp), used directly: a second OpenMP runtime would double the threads.
#ifndef CKERNELS_PARALLEL_H
#define CKERNELS_PARALLEL_H

#include <stddef.h>

typedef void (*millrace_range)(void *context, size_t begin, size_t end);

// Calls body for disjoint parts of 0..<count on the pool; in place when there is less than grain for a second thread.
void millrace_parallel(size_t count, size_t grain, millrace_range body, void *context);

// Compiled for the widest vectors too; the loader picks by processor.
#if defined(__x86_64__)
#define MILLRACE_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define MILLRACE_CLONES
#endif

#endif
