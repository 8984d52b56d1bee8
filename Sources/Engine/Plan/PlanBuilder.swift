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
    var buffers: [Buffer] = []
    private(set) var steps: [Step] = []
    /// Layouts that this plan asks for, where the store has not decided yet.
    var wantedLayouts: [Int: MemoryDescriptor] = [:]
    private(set) var reorderCount = 0
    /// The shape of the value that is being planned, for reports.
    var shapeInWork: Shape = []
    /// Passes of elementwise work.
    var mapCount = 0
    var placements: [Int: [Placement]] = [:]
    private var buffersOfParameters: [Backing: Int] = [:]
    var remainingUses: [Int: Int] = [:]
    var valuesInBuffer: [Int: [Int]] = [:]
    /// Gradients that belong into the gradient arena, by value.
    let gradientOf: [Int: Int]
    let fusions: Fusions
    /// Elementwise values that are not computed yet: the first reader decides where they are, together with what stands
    /// in front of them.
    var deferred: Set<Int> = []
    /// What forward primitives leave to backward ones, by the forward node's output.
    var workspaces: [Int: Workspace] = [:]
    /// Where the values that the caller reads lie, row-major, in the order in which they were asked for.
    private(set) var outputPlacements: [Placement] = []

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
            shapeInWork = node.outputs.first.map { shape($0) } ?? []
            try lowering.lower(node, index: index, into: self)
            for input in node.inputs { release(input) }
        }
        for (value, parameter) in gradients { try deliver(value, toGradientOf: parameter) }
        // All that is new or read by the caller, before the first of the old values goes.
        let updated = Set(updates.map(\.parameter))
        outputPlacements = try outputs.map { try setAside(readPlain($0), from: updated) }
        let sources = try updates.map { update in
            let source = try placement(of: update.value)
            return isPlace(source, of: update.parameter) ? source : try setAside(source, from: updated)
        }
        for (source, update) in zip(sources, updates) { try deliver(source, toParameter: update.parameter) }
    }

    /// One reader of a value less. A value that was never stored passes that on to what it is computed from.
    func release(_ value: Int) {
        remainingUses[value, default: 0] -= 1
        guard remainingUses[value] == 0, deferred.remove(value) != nil else { return }
        for input in graph.nodes[graph.values[value].producer].inputs { release(input) }
    }

    /// Whether anything that is not planned yet reads a value.
    func isRead(_ value: Int) -> Bool { remainingUses[value, default: 0] > 0 }

    // MARK: Buffers

    /// A buffer of the arena.
    func allocate(_ byteCount: Int) -> Int {
        buffers.append(Buffer(backing: .arena, byteCount: byteCount, lifetime: nil))
        return buffers.count - 1
    }

    func buffer(_ backing: Backing, byteCount: Int) -> Int {
        if let known = buffersOfParameters[backing] { return known }
        buffers.append(Buffer(backing: backing, byteCount: byteCount, lifetime: nil))
        buffersOfParameters[backing] = buffers.count - 1
        return buffers.count - 1
    }

    /// Adds a step; its arguments are alive at least here.
    func add(_ label: String, _ work: Step.Work, buffers arguments: [Int], detail: String = "") {
        let now = steps.count
        for argument in arguments {
            let begin = buffers[argument].lifetime?.lowerBound ?? now
            buffers[argument].lifetime = begin...now
        }
        steps.append(Step(label, work, buffers: arguments, shape: shapeInWork, detail: detail))
    }

    /// Adds a primitive with its arguments and its scratchpad; a wide one with float32 copies of its arguments.
    func add(
        _ description: PrimitiveDescription,
        _ arguments: [(role: PrimitiveDescription.Role, buffer: Int, layout: MemoryDescriptor)]
    ) throws {
        var (arguments, results) = try widening(arguments, of: description)
        let scratchpad = description.layout(.scratchpad)
        if !scratchpad.isEmpty && scratchpad.byteCount > 0 {
            arguments.append((.scratchpad, allocate(scratchpad.byteCount), scratchpad))
        }
        let call = try PrimitiveCall(description, arguments: arguments.map { ($0.role, $0.layout) })
        // Scratch memory and biases have no layout worth telling.
        let layouts = arguments.filter { $0.layout.dimensions.count > 1 }.map(\.layout.layoutName)
        add(
            description.label, .primitive(call), buffers: arguments.map(\.buffer),
            detail: ([description.implementation] + layouts).joined(separator: " "))
        for result in results { convert(result.wide, to: result.narrow) }
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
        if let converted = try readConverted(value, as: layout) { return converted }
        let source = try placement(of: value)
        for known in placements[value]! where known.layout.isSameMemory(as: layout) {
            return Placement(buffer: known.buffer, layout: layout)
        }
        let place = Placement(buffer: allocate(layout.byteCount), layout: layout)
        try copy(source, to: place)
        // Registered like any place of the value: work in place must not take a copy that is read again later.
        return self.place(value, place)
    }

    /// A value that is nothing but another one in another type, in one copy with the change of layout.
    private func readConverted(_ value: Int, as layout: MemoryDescriptor) throws -> Placement? {
        let node = graph.nodes[graph.values[value].producer]
        guard deferred.contains(value), node.operation is Cast, !deferred.contains(node.inputs[0]) else { return nil }
        // A copy rounds to whole numbers, a cast takes off the fraction.
        guard type(value).isFloatingPoint else { return nil }
        let source = try placement(of: node.inputs[0])
        // Without a change of layout it may be one pass with other work.
        guard !source.layout.withType(type(value)).isSameMemory(as: layout) else { return nil }
        let place = self.place(value, Placement(buffer: allocate(layout.byteCount), layout: layout))
        try copy(source, to: place)
        deferred.remove(value)
        release(node.inputs[0])
        return place
    }

    /// The value in row-major order, in its own type or another one.
    func readPlain(_ value: Int, as type: ScalarType? = nil) throws -> Placement {
        try read(value, as: plainLayout(of: value, type: type))
    }

    /// The extents of a value.
    func shape(_ value: Int) -> Shape { graph.values[value].type.shape }

    /// The type of a value's elements.
    func type(_ value: Int) -> ScalarType { graph.values[value].type.scalar }

    /// The row-major layout of a value.
    func plainLayout(of value: Int, type: ScalarType? = nil) -> MemoryDescriptor {
        let own = graph.values[value].type
        return MemoryDescriptor(rowMajor: own.shape.layoutDimensions, type: type ?? own.scalar)
    }

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

    func placeInput(_ value: Int, label: String) {
        let layout = plainLayout(of: value)
        place(value, Placement(buffer: buffer(.input(label), byteCount: layout.byteCount), layout: layout))
    }

    /// Copies a value from one place to another, whatever layouts and types they have.
    func copy(_ source: Placement, to target: Placement) throws {
        reorderCount += 1
        let description = try PrimitiveDescription.reorder(from: source.layout, to: target.layout)
        if description.isWide, isConversion(source.layout, target.layout) { return convert(source, to: target) }
        try add(
            description,
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
