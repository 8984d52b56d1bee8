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

/// Runs a map over arrays whose addresses come in the order of its leaves, the result last.
final class MapKernel: Kernel {
    private let map: UnsafeMutablePointer<millrace_map>
    private let code: UnsafeMutableBufferPointer<millrace_map_instruction>
    private let count: Int

    /// - Parameters:
    ///   - operands: type of each leaf and its shape; nil for one that has the layout of the result.
    ///   - shape: of the result.
    init(
        _ program: MapProgram, operands: [(type: ScalarType, repeated: Shape?)], shape: Shape, type: ScalarType,
        count: Int
    ) {
        code = .allocate(capacity: program.code.count)
        _ = code.initialize(from: program.code)
        map = .allocate(capacity: 1)
        self.count = count
        let strides = BroadcastStrides(operands.map { $0.repeated ?? shape }, over: shape)
        map.initialize(to: millrace_map())
        map.pointee.axes = Int32(strides.extents.count)
        map.pointee.inputs = Int32(operands.count)
        map.pointee.instructions = Int32(code.count)
        map.pointee.output_type = Int32(type.mapType.rawValue)
        map.pointee.code = UnsafePointer(code.baseAddress)
        withUnsafeMutableBytes(of: &map.pointee.extents) { bytes in
            let extents = bytes.bindMemory(to: Int.self)
            for (axis, extent) in strides.extents.enumerated() { extents[axis] = extent }
        }
        withUnsafeMutableBytes(of: &map.pointee.input) { bytes in
            let inputs = bytes.bindMemory(to: millrace_map_operand.self)
            for (index, operand) in operands.enumerated() {
                inputs[index].type = Int32(operand.type.mapType.rawValue)
                inputs[index].is_flat = operand.repeated == nil ? 1 : 0
                inputs[index].reg = Int32(program.leaves[index].register)
                withUnsafeMutableBytes(of: &inputs[index].strides) { bytes in
                    let target = bytes.bindMemory(to: Int.self)
                    for (axis, stride) in strides.strides[index].enumerated() { target[axis] = stride }
                }
            }
        }
    }

    deinit {
        code.deallocate()
        map.deallocate()
    }

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        addresses.withMemoryRebound(to: UnsafeMutableRawPointer?.self, capacity: Int(map.pointee.inputs) + 1) {
            millrace_map_run(map, $0, count)
        }
    }
}

/// How operands of broadcast shapes run through a result: neighbouring axes that no operand tells apart are one.
struct BroadcastStrides {
    private(set) var extents: [Int] = []
    /// By operand, then by axis.
    private(set) var strides: [[Int]]

    init(_ operands: [Shape], over shape: Shape) {
        strides = operands.map { _ in [] }
        // Row-major strides of each operand along the result's axes, 0 where it is repeated.
        let full = operands.map { operand in
            var result = [Int](repeating: 0, count: shape.rank)
            var next = 1
            for axis in operand.dimensions.indices.reversed() {
                if operand[axis] != 1 { result[axis + shape.rank - operand.rank] = next }
                next *= operand[axis]
            }
            return result
        }
        for axis in 0..<shape.rank where shape[axis] != 1 {
            let joins =
                !extents.isEmpty
                && operands.indices.allSatisfy { strides[$0].last! == full[$0][axis] * shape[axis] }
            if joins {
                extents[extents.count - 1] *= shape[axis]
                for operand in operands.indices { strides[operand][strides[operand].count - 1] = full[operand][axis] }
            } else {
                extents.append(shape[axis])
                for operand in operands.indices { strides[operand].append(full[operand][axis]) }
            }
        }
        if extents.isEmpty {
            extents = [1]
            strides = operands.map { _ in [0] }
        }
    }
}
