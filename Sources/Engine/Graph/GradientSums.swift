import Memory

extension Graph {
    /// The sum of what several uses of a tensor contribute to its gradient.
    ///
    /// Slices along an axis contribute zeros around their own part: of a sequence whose steps are taken one by one, adding
    /// these up would cost the square of its length. Parts that do not overlap are put behind one another instead.
    func sum(of parts: [Tensor]) -> Tensor {
        var rest = parts
        if parts.count > 2 {
            for axis in 0..<parts[0].shape.rank {
                let slices = rest.enumerated().compactMap { index, part in
                    insertion(of: part, axis: axis).map { (index: index, begin: $0.begin, part: $0.part) }
                }.sorted { $0.begin < $1.begin }
                guard slices.count > 2, let whole = joined(slices.map { ($0.begin, $0.part) }, axis, parts[0]) else {
                    continue
                }
                let taken = Set(slices.map(\.index))
                rest = [whole] + rest.indices.filter { !taken.contains($0) }.map { rest[$0] }
            }
        }
        return rest.dropFirst().reduce(rest[0]) { $0 + $1 }
    }

    /// What lies where along an axis, in a tensor that is 0 elsewhere and has all of the other axes; nil for others.
    private func insertion(of tensor: Tensor, axis: Int) -> (begin: Int, part: Tensor)? {
        let node = nodes[values[tensor.id].producer]
        guard let insert = node.operation as? Insert, insert.value == 0 else { return nil }
        let part = Tensor(graph: self, id: node.inputs[0])
        for other in 0..<tensor.shape.rank {
            guard insert.step[other] == 1 || part.shape[other] == 1 else { return nil }
            guard other == axis || part.shape[other] == tensor.shape[other] else { return nil }
        }
        return part.shape[axis] < tensor.shape[axis] ? (insert.begin[axis], part) : nil
    }

    /// Parts in order of their places with zeros between them; nil where some overlap.
    private func joined(_ parts: [(begin: Int, part: Tensor)], _ axis: Int, _ whole: Tensor) -> Tensor? {
        var (pieces, end): ([Tensor], Int) = ([], 0)
        func fill(to place: Int) {
            guard place > end else { return }
            var shape = whole.shape
            shape[axis] = place - end
            pieces.append(constant(0, shape: shape).casted(to: whole.type.scalar))
        }
        for (begin, part) in parts {
            guard begin >= end else { return nil }
            fill(to: begin)
            pieces.append(part)
            end = begin + part.shape[axis]
        }
        fill(to: whole.shape[axis])
        return Tensor.concatenate(pieces, axis: axis)
    }
}
