// The OpenMP pool of oneDNN (libgomp), used directly: a second OpenMP runtime would double the threads.
#ifndef CKERNELS_PARALLEL_H
#define CKERNELS_PARALLEL_H

#include <stddef.h>

#include "clones.h"

typedef void (*millrace_range)(void *context, size_t begin, size_t end);

// Calls body for disjoint parts of 0..<count on the pool; in place when there is less than grain for a second thread.
void millrace_parallel(size_t count, size_t grain, millrace_range body, void *context);

// The same for parts of any number that share no cache line; `work` is the operations of all together, and little of it
// is done in place.
void millrace_parallel_parts(size_t count, size_t work, millrace_range body, void *context);

// The width of strips of the innermost of several loops, at most `widest`: a narrower one where there would else be too
// few strips for the threads. What is done in a strip must not depend on its width.
size_t millrace_strip_width(size_t outer, size_t inner, size_t widest);

#endif
