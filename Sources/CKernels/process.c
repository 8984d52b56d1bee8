#include "include/process.h"

#include <signal.h>
#include <sys/prctl.h>

void millrace_end_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); }
