// Rows from a decoded block to a batch slot, converted on the way.
//
// One call gathers all rows of a segment, so that the choice of the machine's vector width (an indirect call) is paid
// once and the inner loop over a row's elements is a plain loop that the compiler vectorizes.

#include "include/convert.h"

#include <math.h>
#include <string.h>

#include "clones.h"
#include "stored.h"

// Rows lie at random places of the window, mostly outside of the caches. The beginning of a row is asked for some rows
// before its turn; the hardware fetches the rest of a long one by itself.
enum { ROWS_AHEAD = 2, BYTES_AHEAD = 512 };

static inline void ask_for(const void *const *rows, size_t row, size_t count, size_t bytes) {
    if (row + ROWS_AHEAD >= count) return;
    const char *at = rows[row + ROWS_AHEAD];
    for (size_t i = 0; i < bytes && i < BYTES_AHEAD; i += 64) __builtin_prefetch(at + i);
}

#define GATHER_F32(name, T)                                                                                  \
    CLONES static void name(const void *const *rows, size_t count, size_t elements, float *out) {            \
        for (size_t r = 0; r < count; r++) {                                                                 \
            ask_for(rows, r, count, elements * sizeof(T));                                                   \
            const T *in = rows[r];                                                                           \
            float *to = out + r * elements;                                                                  \
            for (size_t i = 0; i < elements; i++) to[i] = (float)in[i].v;                                    \
        }                                                                                                    \
    }

GATHER_F32(f32_u8, u_u8)
GATHER_F32(f32_i8, u_i8)
GATHER_F32(f32_u16, u_u16)
GATHER_F32(f32_i16, u_i16)
GATHER_F32(f32_u32, u_u32)
GATHER_F32(f32_i32, u_i32)
GATHER_F32(f32_u64, u_u64)
GATHER_F32(f32_i64, u_i64)
GATHER_F32(f32_f64, u_f64)

CLONES static void f32_f16(const void *const *rows, size_t count, size_t elements, float *out) {
    for (size_t r = 0; r < count; r++) {
        const u_u16 *in = rows[r];
        float *to = out + r * elements;
        for (size_t i = 0; i < elements; i++) to[i] = half_value(in[i].v);
    }
}

CLONES static void f32_bf16(const void *const *rows, size_t count, size_t elements, float *out) {
    for (size_t r = 0; r < count; r++) {
        const u_u16 *in = rows[r];
        float *to = out + r * elements;
        for (size_t i = 0; i < elements; i++) to[i] = bfloat_value(in[i].v);
    }
}

static void f32_f32(const void *const *rows, size_t count, size_t elements, float *out) {
    for (size_t r = 0; r < count; r++) {
        ask_for(rows, r, count, elements * sizeof(float));
        memcpy(out + r * elements, rows[r], elements * sizeof(float));
    }
}

CLONES static void f32_bool(const void *const *rows, size_t count, size_t elements, float *out) {
    for (size_t r = 0; r < count; r++) {
        const uint8_t *in = rows[r];
        float *to = out + r * elements;
        for (size_t i = 0; i < elements; i++) to[i] = in[i] != 0;
    }
}

void millrace_gather_f32(int type, const void *const *rows, size_t count, size_t elements, float *out) {
    switch (type) {
    case MILLRACE_U8: f32_u8(rows, count, elements, out); break;
    case MILLRACE_I8: f32_i8(rows, count, elements, out); break;
    case MILLRACE_U16: f32_u16(rows, count, elements, out); break;
    case MILLRACE_I16: f32_i16(rows, count, elements, out); break;
    case MILLRACE_U32: f32_u32(rows, count, elements, out); break;
    case MILLRACE_I32: f32_i32(rows, count, elements, out); break;
    case MILLRACE_U64: f32_u64(rows, count, elements, out); break;
    case MILLRACE_I64: f32_i64(rows, count, elements, out); break;
    case MILLRACE_F16: f32_f16(rows, count, elements, out); break;
    case MILLRACE_BF16: f32_bf16(rows, count, elements, out); break;
    case MILLRACE_F32: f32_f32(rows, count, elements, out); break;
    case MILLRACE_F64: f32_f64(rows, count, elements, out); break;
    default: f32_bool(rows, count, elements, out); break;
    }
}

CLONES static void scale_f32(float *values, size_t count, float scale, float offset) {
    // A fused multiply-add rounds once instead of twice: the same data would give other bytes on other machines.
#pragma STDC FP_CONTRACT OFF
    for (size_t i = 0; i < count; i++) values[i] = values[i] * scale + offset;
}

// Values that are gathered before they are scaled: half of the first cache.
#define SCALED_AT_ONCE 4096

void millrace_gather_scaled_f32(
    int type, const void *const *rows, size_t count, size_t elements, float scale, float offset, float *out) {
    size_t step = elements < SCALED_AT_ONCE ? SCALED_AT_ONCE / (elements + !elements) : 1;
    for (size_t first = 0; first < count; first += step) {
        size_t taken = count - first < step ? count - first : step;
        millrace_gather_f32(type, rows + first, taken, elements, out + first * elements);
        scale_f32(out + first * elements, taken * elements, scale, offset);
    }
}

#define GATHER_I32(name, T, V, fits)                                                                         \
    CLONES static size_t name(const void *const *rows, size_t count, size_t elements, int32_t *out) {        \
        size_t bad = 0;                                                                                      \
        for (size_t r = 0; r < count; r++) {                                                                 \
            const T *in = rows[r];                                                                           \
            int32_t *to = out + r * elements;                                                                \
            for (size_t i = 0; i < elements; i++) {                                                          \
                V value = in[i].v;                                                                           \
                int good = (fits);                                                                           \
                to[i] = good ? (int32_t)value : 0;                                                           \
                bad += !good;                                                                                \
            }                                                                                                \
        }                                                                                                    \
        return bad;                                                                                          \
    }

GATHER_I32(i32_u8, u_u8, uint8_t, 1)
GATHER_I32(i32_i8, u_i8, int8_t, 1)
GATHER_I32(i32_u16, u_u16, uint16_t, 1)
GATHER_I32(i32_i16, u_i16, int16_t, 1)
GATHER_I32(i32_u32, u_u32, uint32_t, value <= INT32_MAX)
GATHER_I32(i32_i32, u_i32, int32_t, 1)
GATHER_I32(i32_u64, u_u64, uint64_t, value <= INT32_MAX)
GATHER_I32(i32_i64, u_i64, int64_t, value >= INT32_MIN && value <= INT32_MAX)
GATHER_I32(i32_f32, u_f32, float, value >= -0x1p31f && value < 0x1p31f && truncf(value) == value)
GATHER_I32(i32_f64, u_f64, double, value >= -0x1p31 && value < 0x1p31 && trunc(value) == value)

// The 16-bit floats are rare as integers: one loop through float serves both.
static size_t i32_small_float(
    int brain, const void *const *rows, size_t count, size_t elements, int32_t *out) {
    size_t bad = 0;
    for (size_t r = 0; r < count; r++) {
        const u_u16 *in = rows[r];
        int32_t *to = out + r * elements;
        for (size_t i = 0; i < elements; i++) {
            float value = brain ? bfloat_value(in[i].v) : half_value(in[i].v);
            int good = value >= -0x1p31f && value < 0x1p31f && truncf(value) == value;
            to[i] = good ? (int32_t)value : 0;
            bad += !good;
        }
    }
    return bad;
}

static size_t i32_bool(const void *const *rows, size_t count, size_t elements, int32_t *out) {
    for (size_t r = 0; r < count; r++) {
        const uint8_t *in = rows[r];
        for (size_t i = 0; i < elements; i++) out[r * elements + i] = in[i] != 0;
    }
    return 0;
}

size_t millrace_gather_i32(int type, const void *const *rows, size_t count, size_t elements, int32_t *out) {
    switch (type) {
    case MILLRACE_U8: return i32_u8(rows, count, elements, out);
    case MILLRACE_I8: return i32_i8(rows, count, elements, out);
    case MILLRACE_U16: return i32_u16(rows, count, elements, out);
    case MILLRACE_I16: return i32_i16(rows, count, elements, out);
    case MILLRACE_U32: return i32_u32(rows, count, elements, out);
    case MILLRACE_I32: return i32_i32(rows, count, elements, out);
    case MILLRACE_U64: return i32_u64(rows, count, elements, out);
    case MILLRACE_I64: return i32_i64(rows, count, elements, out);
    case MILLRACE_F16: return i32_small_float(0, rows, count, elements, out);
    case MILLRACE_BF16: return i32_small_float(1, rows, count, elements, out);
    case MILLRACE_F32: return i32_f32(rows, count, elements, out);
    case MILLRACE_F64: return i32_f64(rows, count, elements, out);
    default: return i32_bool(rows, count, elements, out);
    }
}

#define SWAP(name, T, V, swap)                                                                               \
    CLONES static void name(void *data, size_t count) {                                                      \
        T *at = data;                                                                                        \
        for (size_t i = 0; i < count; i++) at[i].v = (V)swap(at[i].v);                                       \
    }

SWAP(swap_2, u_u16, uint16_t, __builtin_bswap16)
SWAP(swap_4, u_u32, uint32_t, __builtin_bswap32)
SWAP(swap_8, u_u64, uint64_t, __builtin_bswap64)

void millrace_swap_bytes(void *data, size_t count, size_t size) {
    switch (size) {
    case 2: swap_2(data, count); break;
    case 4: swap_4(data, count); break;
    case 8: swap_8(data, count); break;
    default: break;
    }
}
