// What the C allocator and the loader hold, given back.
#ifndef CKERNELS_MEMORY_H
#define CKERNELS_MEMORY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// Has blocks of `bytes` and more mapped one by one from now on, so that freeing one returns it to the system. For the
// whole process, with glibc's allocator; does nothing with another.
void millrace_map_large_blocks(size_t bytes);

// Returns to the system what is free; does nothing with another allocator than glibc's.
void millrace_trim_heap(void);

// Gives back the pages of the program's and its libraries' segments that nobody writes: code and constants. They are read
// from the page cache again when they are used. What relocations change lies in segments that are written, and stays.
void millrace_release_code(void);

#ifdef __cplusplus
}
#endif
#endif
