#include "sequence.h"

float *pack_columns(const struct pass *pass, size_t from, size_t columns, bool state, bool inputs, float *to) {
    const struct millrace_recurrence *what = pass->what;
    size_t gates = gate_count(what->cell) * what->units, size = what->is_brief ? 2 : 4;
    const char *upper = (const char *)pass->arrays->recurrent_kernel + from * size;
    const char *lower = (const char *)pass->arrays->kernel + from * size;
    for (size_t first = 0; first < columns; first += PANEL) {
        size_t width = columns - first < PANEL ? columns - first : PANEL;
        if (state) {
            pack_matrix(upper + first * size, what->is_brief, what->units, width, gates, 1, to);
            to += what->units * PANEL;
        }
        if (inputs) {
            pack_matrix(lower + first * size, what->is_brief, what->inputs, width, gates, 1, to);
            to += what->inputs * PANEL;
        }
    }
    return to;
}

float *pack_reset(const struct pass *pass, float *to) {
    const struct millrace_recurrence *what = pass->what;
    size_t units = what->units, size = what->is_brief ? 2 : 4;
    for (size_t first = 0; first < units; first += PANEL) {
        size_t width = units - first < PANEL ? units - first : PANEL, from = (2 * units + first) * size;
        pack_matrix((const char *)pass->arrays->kernel + from, what->is_brief, what->inputs, width, 3 * units, 1, to);
        to += what->inputs * PANEL;
        pack_matrix(
            (const char *)pass->arrays->recurrent_kernel + from, what->is_brief, units, width, 3 * units, 1, to);
        to += units * PANEL;
    }
    return to;
}

float *pack_turned(
    const struct pass *pass, const void *kernel, size_t rows, size_t begin, size_t count, size_t more, float *to) {
    const struct millrace_recurrence *what = pass->what;
    size_t gates = gate_count(what->cell) * what->units, size = what->is_brief ? 2 : 4;
    for (size_t first = 0; first < rows; first += PANEL) {
        size_t width = rows - first < PANEL ? rows - first : PANEL;
        const char *corner = (const char *)kernel + first * gates * size;
        pack_matrix(corner + begin * size, what->is_brief, count, width, 1, gates, to);
        to += count * PANEL;
        pack_matrix(corner, what->is_brief, more, width, 1, gates, to);
        to += more * PANEL;
    }
    return to;
}
