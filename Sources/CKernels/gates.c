#include "gates.h"

#include "clones.h"
#include "functions.h"

#define IN_PLACE _Pragma("clang loop vectorize(assume_safety)")

CLONES void lstm_row(const float *sums, const float *bias, float *gates, float *cell, float *state, size_t units) {
    IN_PLACE for (size_t k = 0; k < units; k++) {
        float i = vector_sigmoid(sums[k] + bias[k]), f = vector_sigmoid(sums[units + k] + bias[units + k]);
        float g = vector_tanh(sums[2 * units + k] + bias[2 * units + k]);
        float o = vector_sigmoid(sums[3 * units + k] + bias[3 * units + k]);
        float c = f * cell[k] + i * g;
        gates[k] = i;
        gates[units + k] = f;
        gates[2 * units + k] = g;
        gates[3 * units + k] = o;
        cell[k] = c;
        state[k] = o * vector_tanh(c);
    }
}

CLONES void lstm_row_gradient(
    const float *gates, const float *cell, const float *before, const float *gradient, float *cell_gradient,
    float *sums, size_t units) {
    IN_PLACE for (size_t k = 0; k < units; k++) {
        float i = gates[k], f = gates[units + k], g = gates[2 * units + k], o = gates[3 * units + k];
        float t = vector_tanh(cell[k]), h = gradient[k];
        float c = cell_gradient[k] + h * o * (1.0f - t * t);
        sums[k] = c * g * (i * (1.0f - i));
        sums[units + k] = c * before[k] * (f * (1.0f - f));
        sums[2 * units + k] = c * i * (1.0f - g * g);
        sums[3 * units + k] = h * t * (o * (1.0f - o));
        cell_gradient[k] = c * f;
    }
}

CLONES void gru_row(
    const float *sums, const float *bias, const float *recurrent_bias, float *gates, float *state, size_t units) {
    IN_PLACE for (size_t k = 0; k < units; k++) {
        float z = vector_sigmoid(sums[k] + bias[k] + recurrent_bias[k]);
        float r = vector_sigmoid(sums[units + k] + bias[units + k] + recurrent_bias[units + k]);
        float share = sums[3 * units + k] + recurrent_bias[2 * units + k];
        float hidden = vector_tanh(sums[2 * units + k] + bias[2 * units + k] + r * share);
        gates[k] = z;
        gates[units + k] = r;
        gates[2 * units + k] = hidden;
        gates[3 * units + k] = share;
        state[k] = z * state[k] + (1.0f - z) * hidden;
    }
}

CLONES void gru_row_gradient(const float *gates, const float *before, float *gradient, float *sums, size_t units) {
    IN_PLACE for (size_t k = 0; k < units; k++) {
        float z = gates[k], r = gates[units + k], hidden = gates[2 * units + k], share = gates[3 * units + k];
        float g = gradient[k], h = g * (1.0f - z) * (1.0f - hidden * hidden);
        sums[k] = h;
        sums[units + k] = g * (before[k] - hidden) * (z * (1.0f - z));
        sums[2 * units + k] = h * share * (r * (1.0f - r));
        sums[3 * units + k] = h * r;
        gradient[k] = g * z;
    }
}
