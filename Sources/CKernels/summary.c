#include "include/summary.h"

#include <float.h>
#include <math.h>

#include "clones.h"
#include "stored.h"

// A fused multiply-add rounds once where two operations round twice: the result would depend on the machine.
#pragma clang fp contract(off)

// Sums of one lane are added up side by side with those of the others; their number must not depend on the registers.
enum { LANES = 8 };

// Converted or summed in narrow integers at a time.
enum { RUN = 4096 };

// Integers of 8 and 16 bits: exact sums. n * squares < 2^30 * 2^62 fits 128 bits.
static void finish_exact(struct millrace_summary *summary, size_t count, int64_t sum, uint64_t squares) {
    __int128 spread = (__int128)count * squares - (__int128)sum * sum;
    summary->finite = count;
    summary->mean = (double)sum / (double)count;
    summary->squares = (double)spread / (double)count;
}

#define NARROW(NAME, FIELD, T, SUM, SQUARE)                                                                     \
    CLONES static void NAME(const void *values, size_t count, struct millrace_summary *summary) {               \
        const FIELD *x = values;                                                                                \
        int64_t sum = 0;                                                                                        \
        uint64_t squares = 0;                                                                                   \
        T least = x[0].v, most = x[0].v;                                                                        \
        for (size_t first = 0; first < count; first += RUN) {                                                   \
            size_t end = count - first < RUN ? count : first + RUN;                                             \
            SUM part = 0;                                                                                       \
            SQUARE square = 0;                                                                                  \
            for (size_t i = first; i < end; i++) {                                                              \
                T value = x[i].v;                                                                               \
                part += value;                                                                                  \
                square += (SQUARE)((int64_t)value * value);                                                     \
                least = value < least ? value : least;                                                          \
                most = value > most ? value : most;                                                             \
            }                                                                                                   \
            sum += part;                                                                                        \
            squares += square;                                                                                  \
        }                                                                                                       \
        summary->least = least;                                                                                 \
        summary->most = most;                                                                                   \
        finish_exact(summary, count, sum, squares);                                                             \
    }

NARROW(narrow_u8, u_u8, uint8_t, int32_t, uint32_t)
NARROW(narrow_i8, u_i8, int8_t, int32_t, uint32_t)
NARROW(narrow_u16, u_u16, uint16_t, int32_t, uint64_t)
NARROW(narrow_i16, u_i16, int16_t, int32_t, uint64_t)

// Sums of distances from `shift`, a value of the data, so that a small spread around a large mean is not lost.
struct lanes {
    double shift;
    double sum[LANES], squares[LANES];
};

static void finish_lanes(struct millrace_summary *summary, const struct lanes *lanes, size_t finite) {
    double sum = 0, squares = 0;
    for (int lane = 0; lane < LANES; lane++) sum += lanes->sum[lane], squares += lanes->squares[lane];
    double distance = sum / (double)finite;
    double spread = squares - sum * distance;
    summary->finite = finite;
    summary->mean = lanes->shift + distance;
    // Rounding can leave a tiny negative number; a NaN stays.
    summary->squares = spread < 0 ? 0 : spread;
}

#define WIDE(NAME, FIELD, T)                                                                                    \
    CLONES static void NAME(const void *values, size_t count, struct millrace_summary *summary) {               \
        const FIELD *x = values;                                                                                \
        struct lanes lanes = {.shift = (double)x[0].v};                                                         \
        T least = x[0].v, most = x[0].v;                                                                        \
        size_t i = 0;                                                                                           \
        for (; i + LANES <= count; i += LANES)                                                                  \
            for (int lane = 0; lane < LANES; lane++) {                                                          \
                double distance = (double)x[i + lane].v - lanes.shift;                                          \
                lanes.sum[lane] += distance;                                                                    \
                lanes.squares[lane] += distance * distance;                                                     \
            }                                                                                                   \
        for (int lane = 0; i < count; i++, lane++) {                                                            \
            double distance = (double)x[i].v - lanes.shift;                                                     \
            lanes.sum[lane] += distance;                                                                        \
            lanes.squares[lane] += distance * distance;                                                         \
        }                                                                                                       \
        for (size_t j = 0; j < count; j++) {                                                                    \
            T value = x[j].v;                                                                                   \
            least = value < least ? value : least;                                                              \
            most = value > most ? value : most;                                                                 \
        }                                                                                                       \
        summary->least = (int64_t)least;                                                                        \
        summary->most = (int64_t)most;                                                                          \
        finish_lanes(summary, &lanes, count);                                                                   \
    }

WIDE(wide_u32, u_u32, uint32_t)
WIDE(wide_i32, u_i32, int32_t)
WIDE(wide_u64, u_u64, uint64_t)
WIDE(wide_i64, u_i64, int64_t)

// Floats of a state that is carried from run to run: 16-bit floats are converted a run at a time.
struct floats {
    struct lanes lanes;
    double minimum, maximum;
    size_t finite;
    int begun;
};

// A value is added to the sums of `lane`. In the place of one that is not finite, `shift` changes nothing.
#define ADD_FLOAT(VALUE, LARGEST)                                                                               \
    {                                                                                                           \
        double value = VALUE;                                                                                   \
        int whole = fabs(value) <= LARGEST;                                                                     \
        value = whole ? value : shift;                                                                          \
        double distance = value - shift;                                                                        \
        finite[lane] += whole;                                                                                  \
        sum[lane] += distance;                                                                                  \
        squares[lane] += distance * distance;                                                                   \
        least[lane] = value < least[lane] ? value : least[lane];                                                \
        most[lane] = value > most[lane] ? value : most[lane];                                                   \
    }

#define FLOATS(NAME, FIELD, LARGEST)                                                                            \
    CLONES static void NAME(const void *values, size_t count, struct floats *state) {                           \
        const FIELD *x = values;                                                                                \
        size_t begin = 0;                                                                                       \
        if (!state->begun) {                                                                                    \
            while (begin < count && !(fabs((double)x[begin].v) <= LARGEST)) begin++;                            \
            if (begin == count) return;                                                                         \
            state->begun = 1;                                                                                   \
            state->lanes.shift = state->minimum = state->maximum = (double)x[begin].v;                          \
        }                                                                                                       \
        const double shift = state->lanes.shift;                                                                \
        double sum[LANES], squares[LANES], least[LANES], most[LANES];                                           \
        int64_t finite[LANES] = {0};                                                                            \
        for (int lane = 0; lane < LANES; lane++) {                                                              \
            sum[lane] = state->lanes.sum[lane];                                                                 \
            squares[lane] = state->lanes.squares[lane];                                                         \
            least[lane] = state->minimum;                                                                       \
            most[lane] = state->maximum;                                                                        \
        }                                                                                                       \
        size_t i = begin;                                                                                       \
        for (; i + LANES <= count; i += LANES)                                                                  \
            for (int lane = 0; lane < LANES; lane++) ADD_FLOAT((double)x[i + lane].v, LARGEST);                 \
        for (int lane = 0; i < count; i++, lane++) ADD_FLOAT((double)x[i].v, LARGEST);                          \
        for (int lane = 0; lane < LANES; lane++) {                                                              \
            state->lanes.sum[lane] = sum[lane];                                                                 \
            state->lanes.squares[lane] = squares[lane];                                                         \
            state->finite += (size_t)finite[lane];                                                              \
            state->minimum = least[lane] < state->minimum ? least[lane] : state->minimum;                       \
            state->maximum = most[lane] > state->maximum ? most[lane] : state->maximum;                         \
        }                                                                                                       \
    }

FLOATS(floats_f32, u_f32, FLT_MAX)
FLOATS(floats_f64, u_f64, DBL_MAX)

CLONES static void convert_f16(const u_u16 *stored, size_t count, float *values) {
    for (size_t i = 0; i < count; i++) values[i] = half_value(stored[i].v);
}

CLONES static void convert_bf16(const u_u16 *stored, size_t count, float *values) {
    for (size_t i = 0; i < count; i++) values[i] = bfloat_value(stored[i].v);
}

static void summarize_floats(int type, const void *values, size_t count, struct millrace_summary *summary) {
    struct floats state = {0};
    if (type == MILLRACE_F32) {
        floats_f32(values, count, &state);
    } else if (type == MILLRACE_F64) {
        floats_f64(values, count, &state);
    } else {
        float run[RUN];
        const u_u16 *stored = values;
        for (size_t first = 0; first < count; first += RUN) {
            size_t length = count - first < RUN ? count - first : RUN;
            if (type == MILLRACE_F16) convert_f16(stored + first, length, run);
            else convert_bf16(stored + first, length, run);
            floats_f32(run, length, &state);
        }
    }
    if (state.finite == 0) return;
    summary->minimum = state.minimum;
    summary->maximum = state.maximum;
    finish_lanes(summary, &state.lanes, state.finite);
}

void millrace_summarize(int type, const void *values, size_t count, struct millrace_summary *summary) {
    *summary = (struct millrace_summary){0};
    if (count == 0) return;
    switch (type) {
    case MILLRACE_BOOL:
    case MILLRACE_U8: narrow_u8(values, count, summary); break;
    case MILLRACE_I8: narrow_i8(values, count, summary); break;
    case MILLRACE_U16: narrow_u16(values, count, summary); break;
    case MILLRACE_I16: narrow_i16(values, count, summary); break;
    case MILLRACE_U32: wide_u32(values, count, summary); break;
    case MILLRACE_I32: wide_i32(values, count, summary); break;
    case MILLRACE_U64: wide_u64(values, count, summary); break;
    case MILLRACE_I64: wide_i64(values, count, summary); break;
    default: summarize_floats(type, values, count, summary); break;
    }
}
