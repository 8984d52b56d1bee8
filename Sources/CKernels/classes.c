// Class numbers to one-hot rows and back, as rows go from a decoded block to a batch slot.

#include "include/convert.h"

#include <math.h>
#include <string.h>

#include "stored.h"

// One function for each stored type. AS turns a stored element into a V; FITS and IS_NAN look at `value`.
#define CLASSES(name, T, V, AS, FITS, IS_NAN)                                                                \
    static size_t one_hot_##name(                                                                            \
        const void *const *rows, size_t count, size_t elements, size_t classes, float *out) {                \
        size_t bad = 0;                                                                                      \
        memset(out, 0, count * elements * classes * sizeof(float));                                          \
        for (size_t r = 0; r < count; r++) {                                                                 \
            const T *in = rows[r];                                                                           \
            float *to = out + r * elements * classes;                                                        \
            for (size_t i = 0; i < elements; i++) {                                                          \
                V value = AS(in[i].v);                                                                       \
                if (FITS) to[i * classes + (size_t)value] = 1;                                               \
                else bad++;                                                                                  \
            }                                                                                                \
        }                                                                                                    \
        return bad;                                                                                          \
    }                                                                                                        \
    static size_t largest_##name(                                                                            \
        const void *const *rows, size_t count, size_t groups, size_t classes, int32_t *out) {                \
        size_t bad = 0;                                                                                      \
        for (size_t r = 0; r < count; r++) {                                                                 \
            const T *in = rows[r];                                                                           \
            for (size_t g = 0; g < groups; g++, in += classes) {                                             \
                V largest = AS(in[0].v);                                                                     \
                int32_t index = 0;                                                                           \
                int nan = 0;                                                                                 \
                for (size_t i = 0; i < classes; i++) {                                                       \
                    V value = AS(in[i].v);                                                                   \
                    nan |= (IS_NAN);                                                                         \
                    if (value > largest) {                                                                   \
                        largest = value;                                                                     \
                        index = (int32_t)i;                                                                  \
                    }                                                                                        \
                }                                                                                            \
                out[r * groups + g] = nan ? 0 : index;                                                       \
                bad += nan != 0;                                                                             \
            }                                                                                                \
        }                                                                                                    \
        return bad;                                                                                          \
    }

#define SAME(stored) (stored)
#define TRUTH(stored) ((stored) != 0)
#define UNSIGNED_FITS ((uint64_t)value < classes)
#define SIGNED_FITS (value >= 0 && (uint64_t)value < classes)
#define FLOAT_FITS (value >= 0 && value < (double)classes && trunc((double)value) == (double)value)

CLASSES(u8, u_u8, uint8_t, SAME, UNSIGNED_FITS, 0)
CLASSES(i8, u_i8, int8_t, SAME, SIGNED_FITS, 0)
CLASSES(u16, u_u16, uint16_t, SAME, UNSIGNED_FITS, 0)
CLASSES(i16, u_i16, int16_t, SAME, SIGNED_FITS, 0)
CLASSES(u32, u_u32, uint32_t, SAME, UNSIGNED_FITS, 0)
CLASSES(i32, u_i32, int32_t, SAME, SIGNED_FITS, 0)
CLASSES(u64, u_u64, uint64_t, SAME, UNSIGNED_FITS, 0)
CLASSES(i64, u_i64, int64_t, SAME, SIGNED_FITS, 0)
CLASSES(f16, u_u16, float, half_value, FLOAT_FITS, isnan(value))
CLASSES(bf16, u_u16, float, bfloat_value, FLOAT_FITS, isnan(value))
CLASSES(f32, u_f32, float, SAME, FLOAT_FITS, isnan(value))
CLASSES(f64, u_f64, double, SAME, FLOAT_FITS, isnan(value))
CLASSES(bool, u_u8, uint8_t, TRUTH, UNSIGNED_FITS, 0)

size_t millrace_one_hot_f32(
    int type, const void *const *rows, size_t count, size_t elements, size_t classes, float *out) {
    switch (type) {
    case MILLRACE_U8: return one_hot_u8(rows, count, elements, classes, out);
    case MILLRACE_I8: return one_hot_i8(rows, count, elements, classes, out);
    case MILLRACE_U16: return one_hot_u16(rows, count, elements, classes, out);
    case MILLRACE_I16: return one_hot_i16(rows, count, elements, classes, out);
    case MILLRACE_U32: return one_hot_u32(rows, count, elements, classes, out);
    case MILLRACE_I32: return one_hot_i32(rows, count, elements, classes, out);
    case MILLRACE_U64: return one_hot_u64(rows, count, elements, classes, out);
    case MILLRACE_I64: return one_hot_i64(rows, count, elements, classes, out);
    case MILLRACE_F16: return one_hot_f16(rows, count, elements, classes, out);
    case MILLRACE_BF16: return one_hot_bf16(rows, count, elements, classes, out);
    case MILLRACE_F32: return one_hot_f32(rows, count, elements, classes, out);
    case MILLRACE_F64: return one_hot_f64(rows, count, elements, classes, out);
    default: return one_hot_bool(rows, count, elements, classes, out);
    }
}

size_t millrace_largest_i32(
    int type, const void *const *rows, size_t count, size_t elements, size_t classes, int32_t *out) {
    size_t groups = elements / classes;
    switch (type) {
    case MILLRACE_U8: return largest_u8(rows, count, groups, classes, out);
    case MILLRACE_I8: return largest_i8(rows, count, groups, classes, out);
    case MILLRACE_U16: return largest_u16(rows, count, groups, classes, out);
    case MILLRACE_I16: return largest_i16(rows, count, groups, classes, out);
    case MILLRACE_U32: return largest_u32(rows, count, groups, classes, out);
    case MILLRACE_I32: return largest_i32(rows, count, groups, classes, out);
    case MILLRACE_U64: return largest_u64(rows, count, groups, classes, out);
    case MILLRACE_I64: return largest_i64(rows, count, groups, classes, out);
    case MILLRACE_F16: return largest_f16(rows, count, groups, classes, out);
    case MILLRACE_BF16: return largest_bf16(rows, count, groups, classes, out);
    case MILLRACE_F32: return largest_f32(rows, count, groups, classes, out);
    case MILLRACE_F64: return largest_f64(rows, count, groups, classes, out);
    default: return largest_bool(rows, count, groups, classes, out);
    }
}
