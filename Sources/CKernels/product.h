// Products of a few rows with a matrix that is used again and again: the matrix is packed once.
#ifndef CKERNELS_PRODUCT_H
#define CKERNELS_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>

// Columns of a packed panel.
enum { PANEL = 64 };

// `columns` up to whole panels: the row length of a product's target.
static inline size_t panel_columns(size_t columns) { return (columns + PANEL - 1) / PANEL * PANEL; }

// Floats of a packed matrix.
static inline size_t packed_count(size_t inner, size_t columns) { return inner * panel_columns(columns); }

// Packs element (k, j) = source[k * row_step + j * column_step], bfloat16 where `is_brief`; missing columns are zeros.
void pack_matrix(
    const void *source, bool is_brief, size_t inner, size_t columns, size_t row_step, size_t column_step,
    float *packed);

// target (rows, target_step) = source (rows, source_step) times the packed matrix; target's columns are written up to a
// multiple of 16. Every element is added up in the order of the inner index, whatever rows stand beside it.
void packed_product(
    const float *source, size_t source_step, const float *packed, float *target, size_t target_step, size_t rows,
    size_t inner, size_t columns);

#endif
