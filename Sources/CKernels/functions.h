// Functions of one float that compilers turn into vector code: no table, no branch, errors of at most five units in the
// last place. Ranges and special values as in C's mathematical library, except that results below the least normal
// number may be zero.
#ifndef CKERNELS_FUNCTIONS_H
#define CKERNELS_FUNCTIONS_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline __attribute__((always_inline)) float from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

static inline __attribute__((always_inline)) uint32_t to_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    return bits;
}

// Reduction by powers of two, then the exponential series of r in +-ln(2)/2 to the seventh power.
static inline __attribute__((always_inline)) float vector_exp(float x) {
    float bounded = x > 89.0f ? 89.0f : (x < -104.0f ? -104.0f : x);
    // Adding and taking off 1.5 * 2^23 rounds to a whole number without an instruction that not every processor has.
    float n = (bounded * 1.44269504088896341f + 12582912.0f) - 12582912.0f;
    float r = bounded - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    float p = 1.9841270e-4f;
    p = p * r + 1.3888889e-3f;
    p = p * r + 8.3333333e-3f;
    p = p * r + 4.1666667e-2f;
    p = p * r + 1.6666667e-1f;
    p = p * r + 0.5f;
    p = p * r * r + r + 1.0f;
    // Two factors, since 2^n alone may be no normal number.
    int32_t whole = (int32_t)n, half = whole / 2;
    float y = p * from_bits((uint32_t)(half + 127) << 23) * from_bits((uint32_t)(whole - half + 127) << 23);
    return x != x ? x : y;
}

// e^x - 1 in two parts, 2^n - 1 and 2^n (e^r - 1), so that nothing is lost near 0. Half of 2^n, which alone may be no
// number.
static inline __attribute__((always_inline)) float vector_expm1(float x) {
    float bounded = x > 89.0f ? 89.0f : (x < -20.0f ? -20.0f : x);
    float n = (bounded * 1.44269504088896341f + 12582912.0f) - 12582912.0f;
    float r = bounded - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    float p = 1.9841270e-4f;
    p = p * r + 1.3888889e-3f;
    p = p * r + 8.3333333e-3f;
    p = p * r + 4.1666667e-2f;
    p = p * r + 1.6666667e-1f;
    p = p * r + 0.5f;
    p = p * r * r + r;
    float half = from_bits((uint32_t)((int32_t)n + 126) << 23);
    return 2.0f * (half * p + (half - 0.5f));
}

// log of m in sqrt(1/2)...sqrt(2) by the series of the inverse hyperbolic tangent of (m - 1) / (m + 1), plus the
// exponent.
static inline __attribute__((always_inline)) float vector_log(float x) {
    int tiny = x < 1.17549435e-38f;
    float scaled = tiny ? x * 8388608.0f : x;
    uint32_t bits = to_bits(scaled);
    int32_t exponent = (int32_t)(bits >> 23) - 127 - (tiny ? 23 : 0);
    float m = from_bits((bits & 0x007fffffu) | 0x3f800000u);
    int above = m > 1.41421356f;
    m = above ? m * 0.5f : m;
    float e = (float)(exponent + (above ? 1 : 0));
    float f = m - 1.0f;
    float s = f / (2.0f + f), z = s * s;
    float p = 0.24279079f;
    p = p * z + 0.28498787f;
    p = p * z + 0.40000972f;
    p = p * z + 0.66666663f;
    float half = 0.5f * f * f;
    // f - (half - s (half + z p)), the rest of the logarithm of two added to the small part first.
    float y = e * 0.693359375f - ((half - (s * (half + z * p) - e * 2.12194440e-4f)) - f);
    y = x == 0.0f ? -INFINITY : y;
    y = x < 0.0f ? NAN : y;
    return x == INFINITY || x != x ? x : y;
}

// log(1 + x), the rounding of 1 + x made good.
static inline __attribute__((always_inline)) float vector_log1p(float x) {
    float w = 1.0f + x;
    float d = w - 1.0f;
    float y = vector_log(w) * (x / (d == 0.0f ? 1.0f : d));
    y = d == 0.0f ? x : y;
    y = w == INFINITY ? w : y;
    return w == 0.0f ? -INFINITY : y;
}

// e^x - 1 for x at most 0, as vector_expm1 makes it, and e^x, which is 0 below -87.7.
static inline __attribute__((always_inline)) float negative_expm1(float x, float *power) {
    float bounded = x < -88.0f ? -88.0f : x;
    float n = (bounded * 1.44269504088896341f + 12582912.0f) - 12582912.0f;
    float r = bounded - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    float p = 1.9841270e-4f;
    p = p * r + 1.3888889e-3f;
    p = p * r + 8.3333333e-3f;
    p = p * r + 4.1666667e-2f;
    p = p * r + 1.6666667e-1f;
    p = p * r + 0.5f;
    p = p * r * r + r;
    // n is at least -127, whose pattern is that of zero.
    float two = from_bits((uint32_t)((int32_t)n + 127) << 23);
    *power = two * p + two;
    return two * p + (two - 1.0f);
}

// (1 - e^-2|x|) / (1 + e^-2|x|) with the sign of x.
static inline __attribute__((always_inline)) float vector_tanh(float x) {
    float power, m = negative_expm1(-2.0f * fabsf(x), &power);
    return copysignf(m / (2.0f + m), x);
}

// 1 / (1 + e^-x), without overflow on either side.
static inline __attribute__((always_inline)) float vector_sigmoid(float x) {
    float e;
    negative_expm1(-fabsf(x), &e);
    return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

// log(1 + e^x) as max(x, 0) + log(1 + e^-|x|); the logarithm is twice the inverse hyperbolic tangent of e / (2 + e), by
// its series up to 1/3.
static inline __attribute__((always_inline)) float vector_softplus(float x) {
    float e;
    negative_expm1(-fabsf(x), &e);
    float s = e / (2.0f + e), z = s * s;
    float p = 1.5384615e-01f;
    p = p * z + 1.8181818e-01f;
    p = p * z + 2.2222222e-01f;
    p = p * z + 2.8571429e-01f;
    p = p * z + 4.0000000e-01f;
    p = p * z + 6.6666667e-01f;
    float small = s * z * p + 2.0f * s;
    return x > 0.0f ? x + small : small;
}

// x P(x^2) / Q(x^2), a least-squares fit of the greatest relative error up to 3.92, from where the result is +-1.
static inline __attribute__((always_inline)) float vector_erf(float x) {
    float c = x > 3.92f ? 3.92f : (x < -3.92f ? -3.92f : x), z = c * c;
    float p = 2.0500904e-06f;
    p = p * z + 2.8488319e-04f;
    p = p * z + 3.7656233e-03f;
    p = p * z + 5.2748743e-02f;
    p = p * z + 1.9040658e-01f;
    p = p * z + 1.1283791e+00f;
    float q = 3.8091774e-05f;
    q = q * z + 1.1625377e-03f;
    q = q * z + 1.4969229e-02f;
    q = q * z + 1.1410916e-01f;
    q = q * z + 5.0207615e-01f;
    q = q * z + 1.0f;
    float y = c * p / q;
    return y > 1.0f ? 1.0f : (y < -1.0f ? -1.0f : y);
}

// Without the fraction: the nearest int32 where there is none, 0 for NaN, as XLA has it.
static inline __attribute__((always_inline)) int32_t truncated(float x) {
    float inside = x >= -2147483648.0f && x < 2147483648.0f ? x : 0.0f;
    int32_t whole = (int32_t)inside;
    whole = x >= 2147483648.0f ? INT32_MAX : whole;
    return x < -2147483648.0f ? INT32_MIN : whole;
}

static inline __attribute__((always_inline)) float from_bfloat16(uint16_t bits) {
    return from_bits((uint32_t)bits << 16);
}

// To the nearest, to the even one in the middle; NaN stays one.
static inline __attribute__((always_inline)) uint16_t to_bfloat16(float value) {
    uint32_t bits = to_bits(value);
    uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    return (uint16_t)(value != value ? 0x7fc0u : rounded);
}

#endif
