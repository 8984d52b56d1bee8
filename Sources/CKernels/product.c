#include "product.h"

#include "functions.h"

void pack_matrix(
    const void *source, bool is_brief, size_t inner, size_t columns, size_t row_step, size_t column_step,
    float *packed) {
    for (size_t first = 0; first < columns; first += PANEL) {
        size_t width = columns - first < PANEL ? columns - first : PANEL;
        for (size_t k = 0; k < inner; k++, packed += PANEL) {
            size_t place = k * row_step + first * column_step;
            for (size_t j = 0; j < width; j++, place += column_step) {
                packed[j] =
                    is_brief ? from_bfloat16(((const uint16_t *)source)[place]) : ((const float *)source)[place];
            }
            for (size_t j = width; j < PANEL; j++) packed[j] = 0;
        }
    }
}

// Sixteen columns: one register of AVX-512, two of AVX2, four of SSE and NEON.
typedef float lanes __attribute__((vector_size(64), aligned(4)));

// A tile of the target stays in registers while the inner index runs.
#define TILE(ROWS, VECTORS)                                                                                    \
    static inline __attribute__((always_inline)) void tile_##ROWS##_##VECTORS(                                 \
        const float *a, size_t a_step, const float *b, float *c, size_t c_step, size_t inner) {                \
        lanes sums[ROWS][VECTORS];                                                                             \
        _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++)                                      \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++) sums[r][v] = (lanes){0};      \
        for (size_t k = 0; k < inner; k++) {                                                                   \
            lanes row[VECTORS];                                                                                \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++)                               \
                row[v] = *(const lanes *)(b + k * PANEL + v * 16);                                             \
            _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++) {                                \
                float factor = a[(size_t)r * a_step + k];                                                      \
                _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++)                           \
                    sums[r][v] = sums[r][v] + row[v] * factor;                                                 \
            }                                                                                                  \
        }                                                                                                      \
        _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++)                                      \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++)                               \
                *(lanes *)(c + (size_t)r * c_step + v * 16) = sums[r][v];                                      \
    }

// Every panel by tiles of at most MOST rows and WIDE registers; rows and registers that remain go by smaller tiles, in
// the same order of additions.
#define PRODUCT(NAME, MOST, WIDE, TILES)                                                                       \
    static void NAME(                                                                                          \
        const float *a, size_t a_step, const float *b, float *c, size_t c_step, size_t rows, size_t inner,     \
        size_t columns) {                                                                                      \
        for (size_t first = 0; first < columns; first += PANEL, b += inner * PANEL) {                          \
            size_t width = columns - first < PANEL ? columns - first : PANEL;                                  \
            for (size_t part = 0; part < width; part += WIDE * 16) {                                           \
                size_t left = (width - part + 15) / 16, vectors = left < WIDE ? left : WIDE;                   \
                for (size_t r = 0; r < rows;) {                                                                \
                    size_t count = rows - r < MOST ? rows - r : MOST;                                          \
                    const float *from = a + r * a_step, *matrix = b + part;                                    \
                    float *to = c + r * c_step + first + part;                                                 \
                    switch (vectors * 8 + count) { TILES }                                                     \
                    r += count;                                                                                \
                }                                                                                              \
            }                                                                                                  \
        }                                                                                                      \
    }

#define CASE(ROWS, VECTORS) \
    case VECTORS * 8 + ROWS: tile_##ROWS##_##VECTORS(from, a_step, matrix, to, c_step, inner); break;
#define THREE(DO, VECTORS) DO(1, VECTORS) DO(2, VECTORS) DO(3, VECTORS)
#define SIX(DO, VECTORS) THREE(DO, VECTORS) DO(4, VECTORS) DO(5, VECTORS) DO(6, VECTORS)

#if defined(__x86_64__)
SIX(TILE, 1)
SIX(TILE, 2)
SIX(TILE, 3)
SIX(TILE, 4)
__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))) PRODUCT(
    product_avx512, 6, 4, SIX(CASE, 1) SIX(CASE, 2) SIX(CASE, 3) SIX(CASE, 4))
__attribute__((target("avx2,fma"))) PRODUCT(product_avx2, 6, 1, SIX(CASE, 1))
#else
THREE(TILE, 1)
#endif
PRODUCT(product_plain, 3, 1, THREE(CASE, 1))

void packed_product(
    const float *source, size_t source_step, const float *packed, float *target, size_t target_step, size_t rows,
    size_t inner, size_t columns) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bw")) {
        product_avx512(source, source_step, packed, target, target_step, rows, inner, columns);
        return;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        product_avx2(source, source_step, packed, target, target_step, rows, inner, columns);
        return;
    }
#endif
    product_plain(source, source_step, packed, target, target_step, rows, inner, columns);
}
