// Stored elements as C sees them: at any address, and the 16-bit floats that C has no type for.
#ifndef CKERNELS_STORED_H
#define CKERNELS_STORED_H

#include <stdint.h>
#include <string.h>

// Rows come from files and may lie at any address: packed access makes unaligned loads legal and costs nothing.
#define UNALIGNED(T, name) typedef struct __attribute__((packed)) { T v; } name
UNALIGNED(uint8_t, u_u8);
UNALIGNED(int8_t, u_i8);
UNALIGNED(uint16_t, u_u16);
UNALIGNED(int16_t, u_i16);
UNALIGNED(uint32_t, u_u32);
UNALIGNED(int32_t, u_i32);
UNALIGNED(uint64_t, u_u64);
UNALIGNED(int64_t, u_i64);
UNALIGNED(float, u_f32);
UNALIGNED(double, u_f64);

// float16 to float32 by moving the bits and letting a multiplication fix exponent and subnormals: no table, no branch,
// and the same result with and without hardware conversion.
static inline float half_value(uint16_t half) {
    uint32_t magnitude = (uint32_t)(half & 0x7fff) << 13;
    float value;
    memcpy(&value, &magnitude, 4);
    value *= 0x1p112f;
    uint32_t bits;
    memcpy(&bits, &value, 4);
    uint32_t special = (half & 0x7c00) == 0x7c00 ? 0x7f800000u | ((uint32_t)(half & 0x3ff) << 13) : bits;
    special |= (uint32_t)(half & 0x8000) << 16;
    memcpy(&value, &special, 4);
    return value;
}

static inline float bfloat_value(uint16_t stored) {
    uint32_t bits = (uint32_t)stored << 16;
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

#endif
