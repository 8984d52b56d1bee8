import CKernels
import Memory

/// A tree of elementwise operations of one shape as a program over its leaves: one pass over memory, whatever the tree
/// does, nothing between is stored.
struct MapProgram {
    /// A value that lies in memory, and the register it is read into.
    struct Leaf {
        let value: Int
        let register: Int
    }

    private(set) var leaves: [Leaf] = []
    private(set) var code: [millrace_map_instruction] = []
    /// The operations, for reports.
    private(set) var names: [String] = []

    private var registerOf: [Int: Int] = [:]
    private var free = Array((0..<Int(MILLRACE_MAP_REGISTERS)).reversed())
    private var usesLeft: [Int: Int] = [:]

    /// The most instructions of one program: a longer tree is cut, and its parts are stored.
    private static let longest = 48

    /// Writes the program of a value.
    ///
    /// - Parameters:
    ///   - isInside: whether a value of the tree is computed here rather than read.
    /// - Returns: nil when the tree has too many leaves or instructions, or needs too many registers.
    init?(_ graph: Graph, value: Int, isInside: (Int) -> Bool) {
        var order: [Int] = []
        var seen: Set<Int> = []
        // Operands first, each once.
        func visit(_ value: Int) {
            guard seen.insert(value).inserted else { return }
            if isInside(value) {
                for input in graph.nodes[graph.values[value].producer].inputs {
                    usesLeft[input, default: 0] += 1
                    visit(input)
                }
            }
            order.append(value)
        }
        visit(value)
        let inner = order.filter(isInside)
        let outer = order.filter { !isInside($0) }
        guard inner.count <= Self.longest, outer.count < MILLRACE_MAP_OPERANDS, outer.count < free.count / 2 else {
            return nil
        }
        for leaf in outer {
            let register = free.removeLast()
            registerOf[leaf] = register
            leaves.append(Leaf(value: leaf, register: register))
        }
        for value in inner {
            let node = graph.nodes[graph.values[value].producer]
            let operation = node.operation as! any MapInstruction
            var (function, p, q) = operation.instruction
            let areIntegers = node.inputs.map { graph.values[$0].type.scalar == .int32 }
            var registers = node.inputs.map { registerOf[$0]! }
            var temporaries: [Int] = []
            if !areIntegers.isEmpty, !areIntegers.contains(false), let own = operation.functionOfIntegers {
                function = own
            } else {
                for index in registers.indices where areIntegers[index] {
                    guard let temporary = free.popLast() else { return nil }
                    temporaries.append(temporary)
                    append(MILLRACE_MAP_FROM_INTEGER, target: temporary, registers: [registers[index]])
                    registers[index] = temporary
                }
            }
            // What is stored as bfloat16 is rounded on the way.
            if function == MILLRACE_MAP_BFLOAT16 && value == inner.last { function = MILLRACE_MAP_COPY }
            free += temporaries
            for input in node.inputs {
                usesLeft[input]! -= 1
                if usesLeft[input] == 0, isInside(input), let register = registerOf[input] { free.append(register) }
            }
            guard let target = free.popLast() else { return nil }
            registerOf[value] = target
            append(function, target: target, registers: registers, p: p, q: q)
            names.append(operation.name)
        }
    }

    private mutating func append(
        _ function: millrace_map_function, target: Int, registers: [Int], p: Float = 0, q: Float = 0
    ) {
        let operands = registers.map { Int32($0) } + [0, 0, 0]
        code.append(
            millrace_map_instruction(
                function: Int32(function.rawValue), target: Int32(target), a: operands[0], b: operands[1],
                c: operands[2], p: p, q: q))
    }
}
