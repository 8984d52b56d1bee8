import Memory
import OneDNN

/// Parameters and their gradients: values that live outside of the arena.
extension PlanBuilder {
    /// A parameter in the wished layout. The first plan of a model decides how the parameter is kept.
    ///
    /// - Parameter kept: how a parameter that is read in another type should lie itself: the cast changes the layout, too.
    func readParameter(
        _ value: Int, wishing layout: MemoryDescriptor, keeping kept: MemoryDescriptor? = nil
    ) throws -> Placement {
        let producer = graph.nodes[graph.values[value].producer]
        guard let read = producer.operation as? ParameterRead else {
            // A parameter in another type is kept as the copy is wanted, unless its gradients come otherwise.
            if producer.operation is Cast, deferred.contains(value) {
                _ = try readParameter(producer.inputs[0], wishing: kept ?? layout.withType(type(producer.inputs[0])))
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

    /// Whether a value is a parameter in another type, and the plan makes the parameter's gradient.
    func isCastOfTrained(_ value: Int) -> Bool {
        let producer = graph.nodes[graph.values[value].producer]
        guard producer.operation is Cast,
            let read = graph.nodes[graph.values[producer.inputs[0]].producer].operation as? ParameterRead
        else { return false }
        return gradientOf.values.contains(read.index)
    }

    /// The layout in which a parameter is (or will be) kept.
    func parameterLayout(_ index: Int) -> MemoryDescriptor { wantedLayouts[index] ?? store.entries[index].layout }

    /// The layout that the gradient arena wants for a value, if the value goes there.
    func gradientLayout(of value: Int) -> MemoryDescriptor? { gradientOf[value].map(parameterLayout) }

    func placeParameter(_ value: Int, index: Int) {
        let layout = parameterLayout(index)
        place(value, Placement(buffer: buffer(.parameter(index), byteCount: layout.byteCount), layout: layout))
    }

    func gradientBuffer(_ parameter: Int) -> Int {
        buffer(.gradient(parameter), byteCount: parameterLayout(parameter).byteCount)
    }

    func deliver(_ value: Int, toGradientOf parameter: Int) throws {
        let target = Placement(buffer: gradientBuffer(parameter), layout: parameterLayout(parameter))
        let source = try placement(of: value)
        if placements[value]!.contains(where: { $0.buffer == target.buffer }) { return }
        try copy(source, to: target)
    }

    private func placement(ofParameter parameter: Int) -> Placement {
        let layout = parameterLayout(parameter)
        return Placement(buffer: buffer(.parameter(parameter), byteCount: layout.byteCount), layout: layout)
    }

    /// Whether a value lies where the parameter's own values do, in their layout.
    func isPlace(_ source: Placement, of parameter: Int) -> Bool {
        let own = placement(ofParameter: parameter)
        return source.buffer == own.buffer && source.layout.isSameMemory(as: own.layout)
    }

    /// A value as it is before the given parameters are replaced: a copy of one that lies in the memory of any of them.
    func setAside(_ source: Placement, from parameters: Set<Int>) throws -> Placement {
        guard case .parameter(let index) = buffers[source.buffer].backing, parameters.contains(index) else {
            return source
        }
        let layout = MemoryDescriptor(rowMajor: source.layout.dimensions)
        let aside = Placement(buffer: allocate(layout.byteCount), layout: layout)
        try copy(source, to: aside)
        return aside
    }

    /// Replaces a parameter's values when all that reads them is done.
    func deliver(_ source: Placement, toParameter parameter: Int) throws {
        guard !isPlace(source, of: parameter) else { return }
        try copy(source, to: placement(ofParameter: parameter))
    }
}
