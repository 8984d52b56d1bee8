// Images whose channels lie one behind the other, and whose channels lie together.

#include "clones.h"
#include "include/augment.h"

// Compiled for a fixed number of rows or columns, so that the inner loop is one of vectors.
#define TRANSPOSED(NAME, TYPE)                                                                                       \
    static inline __attribute__((always_inline)) void NAME(                                                           \
        const TYPE *in, size_t rows, size_t columns, TYPE *out) {                                                     \
        if (rows == 3) {                                                                                              \
            for (size_t i = 0; i < columns; i++)                                                                      \
                for (size_t j = 0; j < 3; j++) out[i * 3 + j] = in[j * columns + i];                                  \
        } else if (columns == 3) {                                                                                    \
            for (size_t j = 0; j < 3; j++)                                                                            \
                for (size_t i = 0; i < rows; i++) out[j * rows + i] = in[i * 3 + j];                                  \
        } else {                                                                                                      \
            for (size_t i = 0; i < columns; i++)                                                                      \
                for (size_t j = 0; j < rows; j++) out[i * rows + j] = in[j * columns + i];                            \
        }                                                                                                             \
    }

TRANSPOSED(transposed_bytes, uint8_t)
TRANSPOSED(transposed_floats, float)

CLONES void millrace_transpose_values(
    const void *in, size_t rows, size_t columns, size_t value_bytes, void *out) {
    if (value_bytes == 1) transposed_bytes(in, rows, columns, out);
    else transposed_floats(in, rows, columns, out);
}
