import CKernels
import Memory

/// An elementwise operation as an instruction of a map: registers are filled in by whoever writes the program.
protocol MapInstruction: ElementwiseOperation {
    var instruction: (function: millrace_map_function, p: Float, q: Float) { get }

    /// The function where all operands are int32 and stay so, exact whatever their size; nil where they count as float32.
    var functionOfIntegers: millrace_map_function? { get }
}

extension MapInstruction {
    var functionOfIntegers: millrace_map_function? { nil }
}

extension Unary: MapInstruction {
    var instruction: (function: millrace_map_function, p: Float, q: Float) {
        switch function {
        case .absolute: (MILLRACE_MAP_ABSOLUTE, 0, 0)
        case .sign: (MILLRACE_MAP_SIGN, 0, 0)
        case .square: (MILLRACE_MAP_SQUARE, 0, 0)
        case .squareRoot: (MILLRACE_MAP_SQUARE_ROOT, 0, 0)
        case .reciprocalRoot: (MILLRACE_MAP_RECIPROCAL_ROOT, 0, 0)
        case .reciprocal: (MILLRACE_MAP_RECIPROCAL, 0, 0)
        case .exp: (MILLRACE_MAP_EXP, 0, 0)
        case .expMinusOne: (MILLRACE_MAP_EXPM1, 0, 0)
        case .log: (MILLRACE_MAP_LOG, 0, 0)
        case .logOnePlus: (MILLRACE_MAP_LOG1P, 0, 0)
        case .sine: (MILLRACE_MAP_SINE, 0, 0)
        case .cosine: (MILLRACE_MAP_COSINE, 0, 0)
        case .tanh: (MILLRACE_MAP_TANH, 0, 0)
        case .sigmoid: (MILLRACE_MAP_SIGMOID, 0, 0)
        case .softplus: (MILLRACE_MAP_SOFTPLUS, 0, 0)
        case .erf: (MILLRACE_MAP_ERF, 0, 0)
        case .floor: (MILLRACE_MAP_FLOOR, 0, 0)
        case .ceil: (MILLRACE_MAP_CEIL, 0, 0)
        case .round: (MILLRACE_MAP_ROUND, 0, 0)
        case .relu(let slope): (MILLRACE_MAP_RELU, slope, 0)
        case .affine(let scale, let offset): (MILLRACE_MAP_AFFINE, scale, offset)
        case .clip(let lower, let upper): (MILLRACE_MAP_CLIP, lower, upper)
        }
    }
}

extension Binary: MapInstruction {
    var instruction: (function: millrace_map_function, p: Float, q: Float) {
        switch function {
        case .add: (MILLRACE_MAP_ADD, 0, 0)
        case .subtract: (MILLRACE_MAP_SUBTRACT, 0, 0)
        case .multiply: (MILLRACE_MAP_MULTIPLY, 0, 0)
        case .divide: (MILLRACE_MAP_DIVIDE, 0, 0)
        case .maximum: (MILLRACE_MAP_MAXIMUM, 0, 0)
        case .minimum: (MILLRACE_MAP_MINIMUM, 0, 0)
        case .power: (MILLRACE_MAP_POWER, 0, 0)
        case .equal: (MILLRACE_MAP_EQUAL, 0, 0)
        case .less: (MILLRACE_MAP_LESS, 0, 0)
        case .lessOrEqual: (MILLRACE_MAP_LESS_OR_EQUAL, 0, 0)
        case .reluGradient(let slope): (MILLRACE_MAP_RELU_GRADIENT, slope, 0)
        case .clipGradient(let lower, let upper): (MILLRACE_MAP_CLIP_GRADIENT, lower, upper)
        }
    }

    var functionOfIntegers: millrace_map_function? {
        switch function {
        case .equal: MILLRACE_MAP_EQUAL_INTEGERS
        case .less: MILLRACE_MAP_LESS_INTEGERS
        case .lessOrEqual: MILLRACE_MAP_LESS_OR_EQUAL_INTEGERS
        default: nil
        }
    }
}

extension Select: MapInstruction {
    var instruction: (function: millrace_map_function, p: Float, q: Float) { (MILLRACE_MAP_SELECT, 0, 0) }
}

extension Cast: MapInstruction {
    var instruction: (function: millrace_map_function, p: Float, q: Float) {
        switch scalar {
        case .bfloat16: (MILLRACE_MAP_BFLOAT16, 0, 0)
        case .int32: (MILLRACE_MAP_TO_INTEGER, 0, 0)
        default: (MILLRACE_MAP_COPY, 0, 0)
        }
    }

    var functionOfIntegers: millrace_map_function? {
        switch scalar {
        case .int32: MILLRACE_MAP_COPY
        case .float32: MILLRACE_MAP_FROM_INTEGER
        default: nil
        }
    }
}

extension Broadcast: MapInstruction {
    var instruction: (function: millrace_map_function, p: Float, q: Float) { (MILLRACE_MAP_COPY, 0, 0) }

    var functionOfIntegers: millrace_map_function? { MILLRACE_MAP_COPY }
}

extension Constant: MapInstruction {
    var instruction: (function: millrace_map_function, p: Float, q: Float) { (MILLRACE_MAP_CONSTANT, value, 0) }
}

extension ScalarType {
    /// The element type of a map's arrays.
    var mapType: millrace_map_type {
        switch self {
        case .float32: MILLRACE_MAP_F32
        case .bfloat16: MILLRACE_MAP_BF16
        case .int32: MILLRACE_MAP_I32
        default: preconditionFailure("map: elements of type \(self)")
        }
    }
}
