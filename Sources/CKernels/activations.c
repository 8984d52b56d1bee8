#include "activations.h"

#include "clones.h"
#include "functions.h"
#include "recurrent.h"

#define EACH(expression)                                            \
    _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < count; i++) { \
        float v = y[i];                                             \
        y[i] = (expression);                                        \
    }                                                               \
    break

static const float selu_alpha = 1.6732632423543772f, selu_scale = 1.0507009873554805f;

CLONES void activate(int function, float *y, size_t count) {
    switch (function) {
    case MILLRACE_LINEAR: break;
    case MILLRACE_TANH: EACH(vector_tanh(v));
    case MILLRACE_SIGMOID: EACH(vector_sigmoid(v));
    case MILLRACE_RELU: EACH(v < 0.0f ? 0.0f : v);
    case MILLRACE_RELU6: EACH(v < 0.0f ? 0.0f : (v > 6.0f ? 6.0f : v));
    case MILLRACE_HARD_SIGMOID: EACH((v < -3.0f ? 0.0f : (v > 3.0f ? 6.0f : v + 3.0f)) * (1.0f / 6.0f));
    case MILLRACE_HARD_TANH: EACH(v < -1.0f ? -1.0f : (v > 1.0f ? 1.0f : v));
    case MILLRACE_SOFTSIGN: EACH(v / (1.0f + fabsf(v)));
    case MILLRACE_SOFTPLUS: EACH(vector_softplus(v));
    case MILLRACE_ELU: EACH(v > 0.0f ? v : vector_expm1(v));
    case MILLRACE_SELU: EACH(v > 0.0f ? selu_scale * v : selu_scale * selu_alpha * vector_expm1(v));
    case MILLRACE_EXPONENTIAL: EACH(vector_exp(v));
    }
}

#define SLOPE(expression)                                           \
    _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < count; i++) { \
        float v = y[i];                                             \
        g[i] *= (expression);                                       \
    }                                                               \
    break

CLONES void multiply_derivative(int function, const float *y, float *g, size_t count) {
    switch (function) {
    case MILLRACE_LINEAR: break;
    case MILLRACE_TANH: SLOPE(1.0f - v * v);
    case MILLRACE_SIGMOID: SLOPE(v * (1.0f - v));
    case MILLRACE_RELU: SLOPE(v > 0.0f ? 1.0f : 0.0f);
    case MILLRACE_RELU6: SLOPE(v > 0.0f && v < 6.0f ? 1.0f : 0.0f);
    case MILLRACE_HARD_SIGMOID: SLOPE(v > 0.0f && v < 1.0f ? 1.0f / 6.0f : 0.0f);
    case MILLRACE_HARD_TANH: SLOPE(v > -1.0f && v < 1.0f ? 1.0f : 0.0f);
    // The result is x / (1 + |x|), so that 1 - |y| is 1 / (1 + |x|).
    case MILLRACE_SOFTSIGN: SLOPE((1.0f - fabsf(v)) * (1.0f - fabsf(v)));
    // The result is log(1 + e^x), so that 1 - e^-y is the logistic function of x.
    case MILLRACE_SOFTPLUS: SLOPE(-vector_expm1(-v));
    case MILLRACE_ELU: SLOPE(v > 0.0f ? 1.0f : v + 1.0f);
    case MILLRACE_SELU: SLOPE(v > 0.0f ? selu_scale : v + selu_scale * selu_alpha);
    case MILLRACE_EXPONENTIAL: SLOPE(v);
    }
}
