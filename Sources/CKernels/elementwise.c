#include "parallel.h"
#include "training.h"

void millrace_fill(float *target, size_t count, float value) {
    for (size_t i = 0; i < count; i++) target[i] = value;
}
