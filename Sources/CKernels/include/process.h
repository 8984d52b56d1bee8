// What ties a process to the one that started it.
#ifndef CKERNELS_PROCESS_H
#define CKERNELS_PROCESS_H

#ifdef __cplusplus
extern "C" {
#endif

// Has the kernel kill this process when the thread that started it ends. Swift does not see `prctl`, which is variadic.
void millrace_end_with_parent(void);

// A pipe whose ends no process inherits, not even one that another thread starts at this moment: to read from, to write
// to. -1 and errno when there is none. Swift does not see `pipe2`.
int millrace_pipe(int ends[2]);

#ifdef __cplusplus
}
#endif
#endif
