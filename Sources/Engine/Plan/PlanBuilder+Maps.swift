import Memory
import OneDNN

/// Elementwise values: put off, then computed together.
extension PlanBuilder {
    /// Computes an elementwise value, in one pass with the unstored values that lead to it.
    func compute(_ value: Int) throws {
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
        // Threads and blocks write where others may still read, unless everything in the buffer is read at its own place.
        let reusable = sources.indices.first { index in
            operands[index].repeated == nil && operands[index].type.byteCount == type.scalar.byteCount
                && buffers[sources[index].buffer].backing == .arena
                && sources[index].layout.offset == 0
                && sources.indices.allSatisfy { other in
                    sources[other].buffer != sources[index].buffer
                        || operands[other].repeated == nil && sources[other].layout.offset == 0
                }
                && valuesInBuffer[sources[index].buffer, default: []].allSatisfy { remainingUses[$0, default: 0] <= 0 }
        }
        let target: Placement
        if let reusable, gradientOf[value] == nil {
            target = place(value, Placement(buffer: sources[reusable].buffer, layout: layout))
        } else {
            target = write(value, layout: layout)
        }
        let kernel = MapKernel(program, operands: operands, shape: type.shape, type: type.scalar, layout: layout)
        mapCount += 1
        let outer = shapeInWork
        shapeInWork = type.shape
        add(
            program.names.count == 1 ? program.names[0] : "map", .kernel(kernel),
            buffers: sources.map(\.buffer) + [target.buffer],
            detail: program.names.joined(separator: ", "))
        shapeInWork = outer
    }

    /// Whatever layout most leaves have will do, if it is without gaps and repeated operands can follow it.
    private func layout(of program: MapProgram, for value: Int) throws -> MemoryDescriptor {
        let type = graph.values[value].type
        var candidates: [(layout: MemoryDescriptor, count: Int)] = [(plainLayout(of: value), 0)]
        for leaf in program.leaves where shape(leaf.value) == type.shape {
            _ = try placement(of: leaf.value)
            for place in placements[leaf.value]! {
                let layout = place.layout.withType(type.scalar)
                if let known = candidates.firstIndex(where: { $0.layout.isSameMemory(as: layout) }) {
                    candidates[known].count += 1
                } else {
                    candidates.append((layout, 1))
                }
            }
        }
        let repeated = program.leaves.map { shape($0.value) }.filter { $0 != type.shape }
        let possible = candidates.indices.filter { index in
            index == 0
                || candidates[index].layout.isDense
                    && BroadcastStrides(repeated, over: type.shape, in: candidates[index].layout).isSupported
        }
        return candidates[possible.max { candidates[$0].count < candidates[$1].count }!].layout
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
}
