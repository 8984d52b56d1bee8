// CKernels: the few inner loops that need SIMD chosen at run time and that no library has.
// Plain C, no state, no allocation. Every function works on caller's memory and traps on nothing.
#ifndef CKERNELS_H
#define CKERNELS_H

#include "bitshuffle.h"
#include "convert.h"
#include "statistics.h"
#include "training.h"

#endif
