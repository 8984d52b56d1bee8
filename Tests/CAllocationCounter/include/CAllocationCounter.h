// Counts calls of the allocator by this thread, for tests that promise none.
//
// malloc and its kin are replaced in the test program. Calls that come from inside oneDNN, libstdc++ or libgomp are not
// counted: oneDNN 2.6 builds a small map of arguments at every execution, which is not ours to change.
#ifndef CALLOCATION_COUNTER_H
#define CALLOCATION_COUNTER_H

#include <stddef.h>

// Starts counting on this thread.
void allocation_counter_begin(void);
// Stops, and returns the calls since begin. -1 where the allocator cannot be replaced (sanitizers).
long allocation_counter_end(void);

#endif
