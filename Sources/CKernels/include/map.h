// Elementwise work as a small program: several arrays in, one out, everything between in registers that fit the nearest
// cache. Each instruction is a vectorized loop over a block; blocks are shared out among the threads.
#ifndef CKERNELS_MAP_H
#define CKERNELS_MAP_H

#include <stddef.h>
#include <stdint.h>

enum { MILLRACE_MAP_REGISTERS = 24, MILLRACE_MAP_OPERANDS = 16, MILLRACE_MAP_AXES = 12 };

// What an instruction computes from registers a, b, c and numbers p, q.
enum millrace_map_function {
    // p
    MILLRACE_MAP_CONSTANT,
    // Functions of a.
    MILLRACE_MAP_COPY,
    MILLRACE_MAP_ABSOLUTE, MILLRACE_MAP_SIGN, MILLRACE_MAP_SQUARE, MILLRACE_MAP_SQUARE_ROOT,
    MILLRACE_MAP_RECIPROCAL_ROOT, MILLRACE_MAP_RECIPROCAL, MILLRACE_MAP_EXP, MILLRACE_MAP_EXPM1, MILLRACE_MAP_LOG,
    MILLRACE_MAP_LOG1P, MILLRACE_MAP_SINE, MILLRACE_MAP_COSINE, MILLRACE_MAP_TANH, MILLRACE_MAP_SIGMOID,
    MILLRACE_MAP_SOFTPLUS, MILLRACE_MAP_ERF, MILLRACE_MAP_FLOOR, MILLRACE_MAP_CEIL,
    // To the nearest whole number, to the even one in the middle.
    MILLRACE_MAP_ROUND,
    // a above zero, else p a.
    MILLRACE_MAP_RELU,
    // p a + q, rounded after either operation.
    MILLRACE_MAP_AFFINE,
    // At least p and at most q; NaN stays.
    MILLRACE_MAP_CLIP,
    // Functions of a and b.
    MILLRACE_MAP_ADD, MILLRACE_MAP_SUBTRACT, MILLRACE_MAP_MULTIPLY, MILLRACE_MAP_DIVIDE, MILLRACE_MAP_MAXIMUM,
    MILLRACE_MAP_MINIMUM, MILLRACE_MAP_POWER,
    // 1 where it holds, else 0.
    MILLRACE_MAP_EQUAL, MILLRACE_MAP_LESS, MILLRACE_MAP_LESS_OR_EQUAL,
    // a where b is above zero, else p a.
    MILLRACE_MAP_RELU_GRADIENT,
    // a where b lies between p and q, else 0.
    MILLRACE_MAP_CLIP_GRADIENT,
    // b where a is not zero, else c.
    MILLRACE_MAP_SELECT,
    // a rounded to bfloat16.
    MILLRACE_MAP_BFLOAT16,
    // a without its fraction as an int32, which a register holds as its bits: the nearest int32 where there is none, 0
    // for NaN.
    MILLRACE_MAP_TO_INTEGER,
    // The int32 in a as a float.
    MILLRACE_MAP_FROM_INTEGER,
    // 1 where it holds of the int32 in a and b, else 0.
    MILLRACE_MAP_EQUAL_INTEGERS, MILLRACE_MAP_LESS_INTEGERS, MILLRACE_MAP_LESS_OR_EQUAL_INTEGERS
};

// bfloat16 is widened to float when it is read; int32 is read and written as its bits.
enum millrace_map_type { MILLRACE_MAP_F32, MILLRACE_MAP_BF16, MILLRACE_MAP_I32 };

struct millrace_map_instruction {
    int32_t function, target, a, b, c;
    float p, q;
};

// An array and how the elements of the result run through it: row-major extents are shared by all operands; a stride of
// 0 repeats. The last stride is 0 or 1. Contiguous operands have `is_flat` set and are read without their strides.
struct millrace_map_operand {
    int32_t type, is_flat;
    int32_t reg;
    ptrdiff_t strides[MILLRACE_MAP_AXES];
};

struct millrace_map {
    int32_t axes, inputs, instructions;
    size_t extents[MILLRACE_MAP_AXES];
    struct millrace_map_operand input[MILLRACE_MAP_OPERANDS];
    // The result of the last instruction, flat; it may take the place of a flat input of the same width.
    int32_t output_type;
    const struct millrace_map_instruction *code;
};

// Runs the program over all elements. Arrays are the inputs in order, then the output.
void millrace_map_run(const struct millrace_map *map, void *const *arrays, size_t count);

#endif
