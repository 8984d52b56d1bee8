// Bytes that are changed one by one: there are only 256 of them, so that any change is a table.

#include <string.h>

#include "augment_shared.h"
#include "clones.h"

#if defined(__x86_64__) && defined(__gnu_linux__)
#include <immintrin.h>
#endif

enum { TONES = 256 };

// Tables that keep some bits and turn others over, as inverting and posterizing do, need not be looked at.
static int is_bitwise(const uint8_t *table, uint8_t *kept, uint8_t *turned) {
    *turned = table[0];
    *kept = table[TONES - 1] ^ table[0];
    for (size_t i = 0; i < TONES; i++)
        if (table[i] != (uint8_t)((i & *kept) ^ *turned)) return 0;
    return 1;
}

CLONES static void turn_bits(const uint8_t *in, uint8_t *out, size_t count, uint8_t kept, uint8_t turned) {
    size_t i = 0;
    // What was read is written in one piece: the compiler need not ask whether both overlap.
    for (; i + 256 <= count; i += 256) {
        uint8_t piece[256];
        for (size_t j = 0; j < sizeof piece; j++) piece[j] = (uint8_t)((in[i + j] & kept) ^ turned);
        memcpy(out + i, piece, sizeof piece);
    }
    for (; i < count; i++) out[i] = (uint8_t)((in[i] & kept) ^ turned);
}

static inline __attribute__((always_inline)) void look_up(
    const uint8_t *in, uint8_t *out, size_t pixels, size_t channels, const uint8_t *tables) {
    for (size_t i = 0; i < pixels; i++)
        for (size_t c = 0; c < channels; c++) out[i * channels + c] = tables[c * TONES + in[i * channels + c]];
}

#if defined(__x86_64__) && defined(__gnu_linux__)
#define VBMI __attribute__((target("avx512f,avx512bw,avx512vbmi")))

// A quarter of a table for each register: two look-ups of 128 bytes, of which the upper bit chooses one.
VBMI static inline __attribute__((always_inline)) __m512i tones_of(const __m512i table[4], __m512i bytes) {
    __m512i low = _mm512_permutex2var_epi8(table[0], bytes, table[1]);
    __m512i high = _mm512_permutex2var_epi8(table[2], bytes, table[3]);
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(bytes), low, high);
}

VBMI static size_t look_up_one(const uint8_t *in, uint8_t *out, size_t count, const uint8_t *table) {
    __m512i quarters[4];
    for (size_t q = 0; q < 4; q++) quarters[q] = _mm512_loadu_si512(table + 64 * q);
    size_t i = 0;
    for (; i + 64 <= count; i += 64)
        _mm512_storeu_si512(out + i, tones_of(quarters, _mm512_loadu_si512(in + i)));
    return i;
}

// Three tables; the channels of 64 bytes come in three orders, one after the other.
VBMI static size_t look_up_three(const uint8_t *in, uint8_t *out, size_t pixels, const uint8_t *tables) {
    __m512i quarters[3][4];
    for (size_t c = 0; c < 3; c++)
        for (size_t q = 0; q < 4; q++) quarters[c][q] = _mm512_loadu_si512(tables + c * TONES + 64 * q);
    // Bits 0, 3, 6 ...; a line that begins with green or blue has red one or two bytes later.
    const uint64_t third = 0x9249249249249249u;
    const __mmask64 green[3] = {third << 1, third, third << 2}, blue[3] = {third << 2, third << 1, third};
    size_t i = 0;
    for (; i + 64 <= pixels; i += 64)
        for (size_t k = 0; k < 3; k++) {
            __m512i bytes = _mm512_loadu_si512(in + 3 * i + 64 * k);
            __m512i result = tones_of(quarters[0], bytes);
            result = _mm512_mask_blend_epi8(green[k], result, tones_of(quarters[1], bytes));
            result = _mm512_mask_blend_epi8(blue[k], result, tones_of(quarters[2], bytes));
            _mm512_storeu_si512(out + 3 * i + 64 * k, result);
        }
    return i;
}

// Pixels that were changed.
static size_t look_up_widely(
    const uint8_t *in, uint8_t *out, size_t pixels, size_t channels, const uint8_t *tables) {
    if (!__builtin_cpu_supports("avx512vbmi") || !__builtin_cpu_supports("avx512bw")) return 0;
    if (channels == 1) return look_up_one(in, out, pixels, tables);
    return channels == 3 ? look_up_three(in, out, pixels, tables) : 0;
}
#else
static size_t look_up_widely(
    const uint8_t *in, uint8_t *out, size_t pixels, size_t channels, const uint8_t *tables) {
    (void)in, (void)out, (void)pixels, (void)channels, (void)tables;
    return 0;
}
#endif

void millrace_map_bytes(const uint8_t *in, uint8_t *out, size_t pixels, size_t channels, const uint8_t *tables) {
    uint8_t kept, turned;
    if (channels == 1 && is_bitwise(tables, &kept, &turned)) {
        turn_bits(in, out, pixels, kept, turned);
        return;
    }
    size_t done = look_up_widely(in, out, pixels, channels, tables) * channels;
    in += done, out += done, pixels -= done / channels;
    switch (channels) {
    case 1: look_up(in, out, pixels, 1, tables); break;
    case 3: look_up(in, out, pixels, 3, tables); break;
    default: look_up(in, out, pixels, channels, tables); break;
    }
}
