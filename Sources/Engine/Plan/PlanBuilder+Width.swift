import CKernels
import Memory
import OneDNN

/// Primitives that compute bfloat16 values in float32, where oneDNN has none of bfloat16: their operands are copied into
/// float32 in front of them, and their results rounded behind them. The copies live in the arena like everything else.
extension PlanBuilder {
    typealias Argument = (role: PrimitiveDescription.Role, buffer: Int, layout: MemoryDescriptor)

    /// The arguments as a primitive takes them, those that it reads copied.
    ///
    /// - Returns: them, and the results that must be rounded when it is done.
    func widening(
        _ arguments: [Argument], of description: PrimitiveDescription
    ) throws -> (arguments: [Argument], results: [(wide: Placement, narrow: Placement)]) {
        let isBackward = arguments.contains { $0.role == .destinationGradient }
        var results: [(wide: Placement, narrow: Placement)] = []
        let widened = arguments.map { argument -> Argument in
            guard description.isWidened(argument.role) else { return argument }
            let narrow = Placement(buffer: argument.buffer, layout: argument.layout)
            let layout = argument.layout.withType(.float32)
            let wide = Placement(buffer: allocate(layout.span * 4), layout: layout)
            if argument.role.isResult(isBackward: isBackward) {
                // Between the elements of a view lies what others wrote: it comes back as it was.
                if !argument.layout.isDense { convert(narrow, to: wide) }
                results.append((wide, narrow))
            } else {
                convert(narrow, to: wide)
            }
            return (argument.role, wide.buffer, layout)
        }
        return (widened, results)
    }

    /// Whether two layouts are the same places, for bfloat16 in one of them and float32 in the other.
    func isConversion(_ source: MemoryDescriptor, _ target: MemoryDescriptor) -> Bool {
        guard source.isBfloat16 != target.isBfloat16, source.isDense, target.isDense else { return false }
        let types = (source.isBfloat16 ? target : source).withType(.bfloat16)
        let isFloat = (source.isBfloat16 ? target : source) == types.withType(.float32)
        return isFloat && source.withType(.float32).isSameMemory(as: target.withType(.float32))
    }

    /// Copies bfloat16 into float32 or the other way round, between layouts of the same places.
    func convert(_ source: Placement, to target: Placement) {
        let isWidening = source.layout.isBfloat16
        let kernel = WidthKernel(isWidening: isWidening, count: source.layout.span)
        add(
            isWidening ? "widen" : "narrow", .kernel(kernel), buffers: [source.buffer, target.buffer],
            detail: source.layout.layoutName)
    }
}

private struct WidthKernel: Kernel {
    let isWidening: Bool
    let count: Int

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        if isWidening {
            millrace_widen(
                addresses[0].assumingMemoryBound(to: UInt16.self), addresses[1].assumingMemoryBound(to: Float.self),
                count)
        } else {
            millrace_narrow(
                addresses[0].assumingMemoryBound(to: Float.self), addresses[1].assumingMemoryBound(to: UInt16.self),
                count)
        }
    }
}
