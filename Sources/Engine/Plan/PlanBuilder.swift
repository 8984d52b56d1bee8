import Memory
import OneDNN

/// Where a value lies: a buffer and the layout of the elements in it (axes in the tensor's own order).
struct Placement {
    let buffer: Int
    let layout: MemoryDescriptor
}

/// Turns a graph into steps on buffers. Lowerings call it; `finish` gives the buffers their places.
final class PlanBuilder {
    /// What memory stands behind a buffer.
    enum Backing: Hashable {
        /// A place in the activation arena, for as long as steps touch it.
        case arena
        case parameter(Int)
        case gradient(Int)
        /// Memory that the caller names at every run.
        case input(String)
    }

    struct Buffer {
        let backing: Backing
        var byteCount: Int
        var lifetime: ClosedRange<Int>?
    }

    let graph: Graph
    let store: ParameterStore
    let propagation: Propagation
    private(set) var buffers: [Buffer] = []
    private(set) var steps: [Step] = []
    /// Layouts that this plan asks for, where the store has not decided yet.
    private(set) var wantedLayouts: [Int: MemoryDescriptor] = [:]
    private(set) var reorderCount = 0
    /// Passes of elementwise work.
    private(set) var mapCount = 0
    private var placements: [Int: [Placement]] = [:]
    private var buffersOfParameters: [Backing: Int] = [:]
    private var remainingUses: [Int: Int] = [:]
    private var valuesInBuffer: [Int: [Int]] = [:]
    /// Gradients that belong into the gradient arena, by value.
    private let gradientOf: [Int: Int]
    let fusions: Fusions
    /// Elementwise values that are not computed yet: the first reader decides where they are, together with what stands
    /// in front of them.
    private var deferred: Set<Int> = []
    /// What forward primitives leave to backward ones, by the forward node's output.
    var workspaces: [Int: Workspace] = [:]

    init(
        graph: Graph, store: ParameterStore, propagation: Propagation, outputs: [Int],
        gradients: [(value: Int, parameter: Int)], updates: [(value: Int, parameter: Int)]
    ) throws {
        self.graph = graph
        self.store = store
        self.propagation = propagation
        gradientOf = Dictionary(gradients.map { ($0.value, $0.parameter) }, uniquingKeysWith: { first, _ in first })
        let kept = outputs + gradients.map(\.value) + updates.map(\.value)
        let live = graph.nodesNeeded(for: kept)
        for index in live { for input in graph.nodes[index].inputs { remainingUses[input, default: 0] += 1 } }
        for value in kept { remainingUses[value, default: 0] += 1 }
        fusions = Fusions(graph: graph, live: live, uses: remainingUses)
        for index in live where !fusions.absorbed.contains(index) {
            let node = graph.nodes[index]
            if node.operation is any MapInstruction {
                deferred.insert(node.outputs[0])
                continue
            }
            guard let lowering = node.operation as? any Lowering else {
                fatalError("\(node.operation.name): cannot be lowered to oneDNN")
            }
            try lowering.lower(node, index: index, into: self)
            for input in node.inputs { release(input) }
        }
        for (value, parameter) in gradients { try deliver(value, toGradientOf: parameter) }
        for (value, parameter) in updates { try deliver(value, toParameter: parameter) }
    }

    /// One reader of a value less. A value that was never stored passes that on to what it is computed from.
    private func release(_ value: Int) {
        remainingUses[value, default: 0] -= 1
        guard remainingUses[value] == 0, deferred.remove(value) != nil else { return }
        for input in graph.nodes[graph.values[value].producer].inputs { release(input) }
    }

    // MARK: Buffers

    /// A buffer of the arena.
    func allocate(_ byteCount: Int) -> Int {
        buffers.append(Buffer(backing: .arena, byteCount: byteCount, lifetime: nil))
        return buffers.count - 1
    }

    private func buffer(_ backing: Backing, byteCount: Int) -> Int {
        if let known = buffersOfParameters[backing] { return known }
        buffers.append(Buffer(backing: backing, byteCount: byteCount, lifetime: nil))
        buffersOfParameters[backing] = buffers.count - 1
        return buffers.count - 1
    }

    /// Adds a step; its arguments are alive at least here.
    func add(_ label: String, _ work: Step.Work, buffers arguments: [Int]) {
        let now = steps.count
        for argument in arguments {
            let begin = buffers[argument].lifetime?.lowerBound ?? now
            buffers[argument].lifetime = begin...now
        }
        steps.append(Step(label, work, buffers: arguments))
    }

    /// Adds a primitive with its arguments and its scratchpad.
    func add(
        _ description: PrimitiveDescription,
        _ arguments: [(role: PrimitiveDescription.Role, buffer: Int, layout: MemoryDescriptor)]
    ) throws {
        var arguments = arguments
        let scratchpad = description.layout(.scratchpad)
        if !scratchpad.isEmpty && scratchpad.byteCount > 0 {
            arguments.append((.scratchpad, allocate(scratchpad.byteCount), scratchpad))
        }
        let call = try PrimitiveCall(description, arguments: arguments.map { ($0.role, $0.layout) })
        add(description.label, .primitive(call), buffers: arguments.map(\.buffer))
    }

    // MARK: Values

    /// The first place that a value was given; it is computed now if that was put off.
    func placement(of value: Int) throws -> Placement {
        if deferred.contains(value) { try compute(value) }
        // What has been read somewhere stays there: a parameter's layout is chosen before its first reader, or not at all.
        if let read = graph.nodes[graph.values[value].producer].operation as? ParameterRead, !store.isPinned,
            wantedLayouts[read.index] == nil
        {
            wantedLayouts[read.index] = placements[value]![0].layout
        }
        return placements[value]![0]
    }

    /// The value in the wished layout: where it already lies so, else as a reordered copy (made once).
    func read(_ value: Int, as layout: MemoryDescriptor) throws -> Placement {
        let source = try placement(of: value)
        for known in placements[value]! where known.layout.isSameMemory(as: layout) {
            return Placement(buffer: known.buffer, layout: layout)
        }
        let place = Placement(buffer: allocate(layout.byteCount), layout: layout)
        try copy(source, to: place)
        // Registered like any place of the value: work in place must not take a copy that is read again later.
        return self.place(value, place)
    }

    /// The value in row-major order, in its own type or another one.
    func readPlain(_ value: Int, as type: ScalarType? = nil) throws -> Placement {
        try read(value, as: plainLayout(of: value, type: type))
    }

    /// Computes an elementwise value, in one pass with the unstored values that lead to it.
    private func compute(_ value: Int) throws {
        let type = graph.values[value].type
        let program = try program(of: value)
        let layout = try layout(of: program, for: value)
        var operands: [(type: ScalarType, repeated: Shape?)] = []
        var sources: [Placement] = []
        for leaf in program.leaves {
            let own = graph.values[leaf.value].type
            let isFull = own.shape == type.shape
            sources.append(try isFull ? read(leaf.value, as: layout.withType(own.scalar)) : readPlain(leaf.value))
            operands.append((own.scalar, isFull ? nil : own.shape))
        }
        deferred.remove(value)
        for input in graph.nodes[graph.values[value].producer].inputs { release(input) }
        let reusable = sources.indices.first { index in
            operands[index].repeated == nil && operands[index].type.byteCount == type.scalar.byteCount
                && buffers[sources[index].buffer].backing == .arena
                && sources[index].layout.offset == 0
                && valuesInBuffer[sources[index].buffer, default: []].allSatisfy { remainingUses[$0, default: 0] <= 0 }
        }
        let target: Placement
        if let reusable, gradientOf[value] == nil {
            target = place(value, Placement(buffer: sources[reusable].buffer, layout: layout))
        } else {
            target = write(value, layout: layout)
        }
        let kernel = MapKernel(
            program, operands: operands, shape: type.shape, type: type.scalar,
            count: layout.byteCount / type.scalar.byteCount)
        mapCount += 1
        add(program.names.joined(separator: ", "), .kernel(kernel), buffers: sources.map(\.buffer) + [target.buffer])
    }

    /// Whatever layout most leaves have will do, if it is without gaps and no operand is repeated.
    private func layout(of program: MapProgram, for value: Int) throws -> MemoryDescriptor {
        let type = graph.values[value].type
        let plain = plainLayout(of: value)
        guard program.leaves.allSatisfy({ shape($0.value) == type.shape || shape($0.value).elementCount == 1 }) else {
            return plain
        }
        var candidates: [(layout: MemoryDescriptor, count: Int)] = [(plain, 0)]
        for leaf in program.leaves where shape(leaf.value) == type.shape {
            let layout = try placement(of: leaf.value).layout.withType(type.scalar)
            guard layout.isDense else { continue }
            if let known = candidates.firstIndex(where: { $0.layout.isSameMemory(as: layout) }) {
                candidates[known].count += 1
            } else {
                candidates.append((layout, 1))
            }
        }
        return candidates.max { $0.count < $1.count }!.layout
    }

    /// The program of a deferred value. A tree that is too large for one has the largest part below it stored first.
    private func program(of value: Int) throws -> MapProgram {
        let shape = shape(value)
        while true {
            let inside: (Int) -> Bool = { [self] other in
                guard deferred.contains(other) else { return other == value }
                // A smaller operand is computed once, not for each repetition; a single number is an instruction.
                return self.shape(other) == shape || graph.nodes[graph.values[other].producer].operation is Constant
            }
            if let program = MapProgram(graph, value: value, isInside: inside) {
                // What is read must lie in memory before the program does.
                for leaf in program.leaves where deferred.contains(leaf.value) { try compute(leaf.value) }
                return program
            }
            // The latest deferred operand: everything below it goes with it.
            var frontier = graph.nodes[graph.values[value].producer].inputs.filter(inside)
            var cut: Int?
            while let next = frontier.max() {
                cut = next
                frontier = graph.nodes[graph.values[next].producer].inputs.filter(inside)
                if MapProgram(graph, value: next, isInside: { inside($0) || $0 == next }) != nil { break }
            }
            guard let cut else {
                preconditionFailure("map: \(graph.nodes[graph.values[value].producer].operation.name)")
            }
            try compute(cut)
        }
    }

    /// The row-major layout of a value.
    func plainLayout(of value: Int, type: ScalarType? = nil) -> MemoryDescriptor {
        let own = graph.values[value].type
        return MemoryDescriptor(rowMajor: own.shape.layoutDimensions, type: type ?? own.scalar)
    }

    /// A parameter in the wished layout. The first plan of a model decides how the parameter is kept.
    func readParameter(_ value: Int, wishing layout: MemoryDescriptor) throws -> Placement {
        let producer = graph.nodes[graph.values[value].producer]
        guard let read = producer.operation as? ParameterRead else {
            // A parameter in another type is kept where the copy is wanted: the cast is then the only pass.
            if producer.operation is Cast, deferred.contains(value) {
                _ = try readParameter(producer.inputs[0], wishing: layout.withType(type(producer.inputs[0])))
            }
            return try self.read(value, as: layout)
        }
        if !store.isPinned && wantedLayouts[read.index] == nil {
            wantedLayouts[read.index] = layout
            let placement = placements[value]![0]
            buffers[placement.buffer].byteCount = layout.byteCount
            placements[value] = [Placement(buffer: placement.buffer, layout: layout)]
        }
        return try self.read(value, as: layout)
    }

    /// The layout in which a parameter is (or will be) kept.
    func parameterLayout(_ index: Int) -> MemoryDescriptor { wantedLayouts[index] ?? store.entries[index].layout }

    /// The layout that the gradient arena wants for a value, if the value goes there.
    func gradientLayout(of value: Int) -> MemoryDescriptor? { gradientOf[value].map(parameterLayout) }

    /// Memory for a new value; straight in the gradient arena if the value belongs there and the layout fits.
    func write(_ value: Int, layout: MemoryDescriptor) -> Placement {
        if let parameter = gradientOf[value], parameterLayout(parameter).isSameMemory(as: layout) {
            return place(value, Placement(buffer: gradientBuffer(parameter), layout: layout))
        }
        return place(value, Placement(buffer: allocate(layout.byteCount), layout: layout))
    }

    /// Memory for a new value: that of `input` if nobody needs it any more, else new memory of the same layout.
    func write(_ value: Int, over input: Int, layout: MemoryDescriptor) throws -> Placement {
        let source = try read(input, as: layout)
        let isFree = valuesInBuffer[source.buffer, default: []].allSatisfy {
            remainingUses[$0, default: 0] <= ($0 == input ? 1 : 0)
        }
        guard isFree, buffers[source.buffer].backing == .arena, gradientOf[value] == nil else {
            return write(value, layout: layout)
        }
        return place(value, Placement(buffer: source.buffer, layout: layout))
    }

    /// States where a value lies.
    @discardableResult
    func place(_ value: Int, _ placement: Placement) -> Placement {
        placements[value, default: []].append(placement)
        valuesInBuffer[placement.buffer, default: []].append(value)
        return placement
    }

    func placeParameter(_ value: Int, index: Int) {
        let layout = parameterLayout(index)
        place(value, Placement(buffer: buffer(.parameter(index), byteCount: layout.byteCount), layout: layout))
    }

    func placeInput(_ value: Int, label: String) {
        let layout = plainLayout(of: value)
        place(value, Placement(buffer: buffer(.input(label), byteCount: layout.byteCount), layout: layout))
    }

    private func gradientBuffer(_ parameter: Int) -> Int {
        buffer(.gradient(parameter), byteCount: parameterLayout(parameter).byteCount)
    }

    private func deliver(_ value: Int, toGradientOf parameter: Int) throws {
        let target = Placement(buffer: gradientBuffer(parameter), layout: parameterLayout(parameter))
        let source = try placement(of: value)
        if placements[value]!.contains(where: { $0.buffer == target.buffer }) { return }
        try copy(source, to: target)
    }

    /// Replaces a parameter's values when all that reads them is done.
    private func deliver(_ value: Int, toParameter parameter: Int) throws {
        let layout = parameterLayout(parameter)
        let target = Placement(buffer: buffer(.parameter(parameter), byteCount: layout.byteCount), layout: layout)
        try copy(placement(of: value), to: target)
    }

    /// Copies a value from one place to another, whatever layouts and types they have.
    func copy(_ source: Placement, to target: Placement) throws {
        reorderCount += 1
        try add(
            .reorder(from: source.layout, to: target.layout),
            [(.source, source.buffer, source.layout), (.destination, target.buffer, target.layout)])
    }

    /// Keeps a buffer alive to the end, for the caller to read.
    func keepToEnd(_ buffer: Int) {
        let begin = buffers[buffer].lifetime?.lowerBound ?? 0
        buffers[buffer].lifetime = begin...max(begin, steps.count)
    }
}

/// How an operation becomes steps of the oneDNN backend.
protocol Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws
}
