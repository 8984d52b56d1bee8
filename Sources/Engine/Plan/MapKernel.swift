import CKernels
import Memory
import OneDNN

/// Runs a map over arrays whose addresses come in the order of its leaves, the result last.
final class MapKernel: Kernel {
    private let map: UnsafeMutablePointer<millrace_map>
    private let code: UnsafeMutableBufferPointer<millrace_map_instruction>
    private let count: Int

    /// - Parameters:
    ///   - operands: type of each leaf and its shape; nil for one that has the layout of the result.
    ///   - shape: of the result.
    ///   - layout: of the result.
    init(
        _ program: MapProgram, operands: [(type: ScalarType, repeated: Shape?)], shape: Shape, type: ScalarType,
        layout: MemoryDescriptor
    ) {
        code = .allocate(capacity: program.code.count)
        _ = code.initialize(from: program.code)
        map = .allocate(capacity: 1)
        count = layout.byteCount / type.byteCount
        let strides = BroadcastStrides(operands.map(\.repeated), over: shape, in: layout)
        precondition(
            strides.extents.count <= MILLRACE_MAP_AXES,
            "map: operands repeated along \(strides.extents.count) separate axes of \(shape), at most "
                + "\(MILLRACE_MAP_AXES) can be; reshape neighbouring axes into one")
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

/// How operands of broadcast shapes, each row-major, run through the memory of a result: neighbouring loops that no
/// operand tells apart are one.
struct BroadcastStrides {
    private(set) var extents: [Int] = []
    /// By operand, then by loop; zeros for operands that are not repeated.
    private(set) var strides: [[Int]]

    /// - Parameter operands: nil for those that lie as the result does.
    init(_ operands: [Shape?], over shape: Shape, in layout: MemoryDescriptor) {
        strides = operands.map { _ in [] }
        let repeated = operands.indices.filter { operands[$0] != nil }
        // Along the result's axes, 0 where the operand has but one element.
        let ofAxes = operands.map { operand in
            var result = [Int](repeating: 0, count: max(1, shape.rank))
            var next = 1
            for axis in (operand?.dimensions ?? []).indices.reversed() {
                let extent = operand![axis]
                if extent != 1 { result[axis + shape.rank - operand!.rank] = next }
                next *= extent
            }
            return result
        }
        for loop in layout.loops ?? [] {
            let own = operands.indices.map { ofAxes[$0][loop.axis] * loop.step }
            if !extents.isEmpty, repeated.allSatisfy({ strides[$0].last! == own[$0] * loop.extent }) {
                extents[extents.count - 1] *= loop.extent
                for operand in operands.indices { strides[operand][strides[operand].count - 1] = own[operand] }
            } else {
                extents.append(loop.extent)
                for operand in operands.indices { strides[operand].append(own[operand]) }
            }
        }
        if extents.isEmpty {
            extents = [1]
            strides = operands.map { _ in [0] }
        }
    }

    /// Whether a map's loops can follow: no operand jumps in the innermost one, and there are not too many.
    var isSupported: Bool { strides.allSatisfy { $0.last! <= 1 } && extents.count <= MILLRACE_MAP_AXES }
}
