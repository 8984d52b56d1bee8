#include "include/memory.h"

// Defines __GLIBC__, where it is.
#include <limits.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

void millrace_map_large_blocks(size_t bytes) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, (int)bytes);
#else
    (void)bytes;
#endif
}

void millrace_trim_heap(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
