// The same numbers in another width.
#ifndef CKERNELS_WIDTH_H
#define CKERNELS_WIDTH_H

#include <stddef.h>
#include <stdint.h>

// target = source, from bfloat16: exact.
void millrace_widen(const uint16_t *source, float *target, size_t count);

// target = source rounded to bfloat16: to the nearest, to the even one in the middle.
void millrace_narrow(const float *source, uint16_t *target, size_t count);

#endif
