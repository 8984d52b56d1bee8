// What ties a process to the one that started it.
#ifndef CKERNELS_PROCESS_H
#define CKERNELS_PROCESS_H

#ifdef __cplusplus
extern "C" {
#endif

// Has the kernel kill this process when the thread that started it ends. Swift does not see `prctl`, which is variadic.
void millrace_end_with_parent(void);

#ifdef __cplusplus
}
#endif
#endif
