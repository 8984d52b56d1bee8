// CKernels: the few inner loops that need SIMD chosen at run time and that no library has.
// Plain C, no state, no allocation. Every function works on caller's memory and traps on nothing; those that do not
// compute (`memory.h`, `process.h`) are calls of the C library that Swift cannot reach.
#ifndef CKERNELS_H
#define CKERNELS_H

#include "augment.h"
#include "bitshuffle.h"
#include "convert.h"
#include "map.h"
#include "memory.h"
#include "normalize.h"
#include "optimizers.h"
#include "pixels.h"
#include "pooling.h"
#include "process.h"
#include "random.h"
#include "ranking.h"
#include "recurrent.h"
#include "reduce.h"
#include "rows.h"
#include "softmax.h"
#include "statistics.h"
#include "summary.h"
#include "sums.h"
#include "taps.h"
#include "training.h"
#include "width.h"

#endif
