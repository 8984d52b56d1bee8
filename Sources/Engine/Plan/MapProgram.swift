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
            let registers = node.inputs.map { Int32(registerOf[$0]!) }
            for input in node.inputs {
                usesLeft[input]! -= 1
                if usesLeft[input] == 0, isInside(input), let register = registerOf[input] { free.append(register) }
            }
            guard let target = free.popLast() else { return nil }
            registerOf[value] = target
            let (function, p, q) = (node.operation as! any MapInstruction).instruction
            code.append(
                millrace_map_instruction(
                    function: Int32(function.rawValue), target: Int32(target), a: registers.first ?? 0,
                    b: registers.count > 1 ? registers[1] : 0, c: registers.count > 2 ? registers[2] : 0, p: p, q: q))
            names.append(node.operation.name)
        }
    }
}
