// Which elements of rows are the largest.
#ifndef CKERNELS_RANKING_H
#define CKERNELS_RANKING_H

#include <stddef.h>

// target (rows, classes): 1 at the `count` largest of each row and 0 elsewhere; of equal ones the first count, and a NaN
// never does.
void millrace_top_mask(const float *scores, float *target, size_t rows, size_t classes, size_t count);

#endif
