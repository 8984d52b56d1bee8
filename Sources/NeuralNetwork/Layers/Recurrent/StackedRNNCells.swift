import Engine
import Memory

/// Cells one behind the other as one cell. The states are those of the first cell, then of the second, and so on.
public final class StackedRNNCells: RNNCell {
    public let cells: [RNNCell]

    public init(_ cells: [RNNCell], name: String = "") {
        precondition(!cells.isEmpty, "StackedRNNCells: no cells, expected at least one")
        self.cells = cells
        super.init(name: name)
    }

    override public var policy: DTypePolicy { didSet { for cell in cells { cell.policy = policy } } }

    override public var stateSizes: [Int] { cells.flatMap(\.stateSizes) }

    override public var outputSize: Int { cells[cells.count - 1].outputSize }

    override var outputState: Int? {
        cells[cells.count - 1].outputState.map { own in cells.dropLast().reduce(own) { $0 + $1.stateSizes.count } }
    }

    override public func outputShapes(of inputs: [Shape]) throws(ModelError) -> [Shape] {
        let shapes = try super.outputShapes(of: inputs)
        var input = inputs[0]
        for cell in cells {
            _ = try cell.outputShapes(of: [input] + cell.stateSizes.map { [$0] })
            input = [cell.outputSize]
        }
        return shapes
    }

    override public func call(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] { oneStep(inputs, context) }

    override public func copied() -> RNNCell { StackedRNNCells(cells.map { $0.copied() }, name: name) }

    override public func sublayers(for inputs: [Shape]) -> [Sublayer] {
        var counts: [String: Int] = [:]
        var input = inputs[0]
        return cells.map { cell in
            let count = counts[cell.stem, default: 0]
            counts[cell.stem] = count + 1
            let group = "cells/" + (count == 0 ? cell.stem : "\(cell.stem)_\(count)")
            defer { input = [cell.outputSize] }
            return Sublayer(group, cell, inputs: [input])
        }
    }

    override func run(
        _ inputs: Tensor, _ states: [Tensor], _ walk: SequenceWalk, _ context: LayerContext
    ) -> [Tensor] {
        var (sequence, mask, first, finals) = (inputs, walk.mask, 0, [Tensor]())
        for (index, cell) in cells.enumerated() {
            let own = states.isEmpty ? [] : Array(states[first..<first + cell.stateSizes.count])
            first += cell.stateSizes.count
            // Only the first cell turns the sequence round; only the last one's outputs at masked steps are seen.
            let results = context.callWithMasks(
                cell, [sequence] + own, masks: [mask] + own.map { _ in nil },
                arguments: SequenceWalk.arguments(
                    goBackwards: walk.goBackwards && index == 0,
                    zeroOutputForMask: walk.zeroOutputForMask && index == cells.count - 1)
            ).outputs
            sequence = results[0]
            finals += results.dropFirst()
            if index == 0 && walk.goBackwards { mask = mask?.reversed(axis: 1) }
        }
        return [sequence] + finals
    }
}
