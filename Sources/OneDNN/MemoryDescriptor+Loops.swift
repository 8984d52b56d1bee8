internal import COneDNN
import Memory

/// One loop over a layout's memory.
package struct LayoutLoop: Hashable, Sendable {
    /// The axis that it walks along.
    package var axis: Int
    /// How many times it goes round.
    package var extent: Int
    /// How far along the axis one round goes: more than 1 for loops over blocks.
    package var step: Int
    /// How far through the memory one round goes, in elements.
    package var stride: Int
}

extension MemoryDescriptor {
    /// The loops over the memory, the slowest first, those of one round left out and those that go on where the next one
    /// ends joined; nil for layouts that are not known, or that are padded: such memory holds more than the elements.
    package var loops: [LayoutLoop]? {
        guard raw.format_kind == dnnl_blocked, isUnpadded else { return nil }
        let (blocks, axes) = (innerBlocks, innerAxes)
        var result: [LayoutLoop] = []
        // Inner blocks are dense, the last is the fastest.
        var (stride, steps) = (1, [Int](repeating: 1, count: dimensions.count))
        for (block, axis) in zip(blocks, axes).reversed() {
            result.append(LayoutLoop(axis: axis, extent: block, step: steps[axis], stride: stride))
            stride *= block
            steps[axis] *= block
        }
        for (axis, extent) in dimensions.enumerated() {
            result.append(
                LayoutLoop(axis: axis, extent: extent / steps[axis], step: steps[axis], stride: Int(strides[axis])))
        }
        result.removeAll { $0.extent == 1 }
        result.sort { $0.stride > $1.stride }
        var joined: [LayoutLoop] = []
        for loop in result {
            if let last = joined.last, last.axis == loop.axis, last.stride == loop.stride * loop.extent,
                last.step == loop.step * loop.extent
            {
                joined[joined.count - 1] = LayoutLoop(
                    axis: loop.axis, extent: last.extent * loop.extent, step: loop.step, stride: loop.stride)
            } else {
                joined.append(loop)
            }
        }
        return joined
    }

    /// Whether both put every element at the same place, however they describe it: a block that is all of its axis is no
    /// block, and strides of axes of extent 1 do not count.
    package func isSameMemory(as other: MemoryDescriptor) -> Bool {
        if self == other { return true }
        guard raw.data_type == other.raw.data_type, dimensions == other.dimensions, raw.offset0 == other.raw.offset0,
            let loops, let others = other.loops
        else { return false }
        return loops == others
    }

    /// The dense layout of other extents with the same order of axes and the same blocks; nil where blocks do not fit
    /// the extents, or the layout is not known.
    package func resembling(_ extents: [Int]) -> MemoryDescriptor? {
        guard raw.format_kind == dnnl_blocked, isUnpadded, extents.count == dimensions.count else { return nil }
        let sizes = blockSizes
        guard zip(extents, sizes).allSatisfy({ $0 % $1 == 0 }) else { return nil }
        var result = raw
        result.offset0 = 0
        // Among axes of equal stride those of extent 1 go outside: they do not move the others.
        let order = extents.indices.sorted {
            (strides[$0], dimensions[$0] == 1 ? 1 : 0, -$0) > (strides[$1], dimensions[$1] == 1 ? 1 : 0, -$1)
        }
        var next = sizes.reduce(1, *)
        for axis in order.reversed() {
            Self.set(&result.format_desc.blocking.strides, axis, next)
            next *= extents[axis] / sizes[axis]
        }
        for axis in extents.indices {
            Self.set(&result.dims, axis, extents[axis])
            Self.set(&result.padded_dims, axis, extents[axis])
        }
        return MemoryDescriptor(raw: result)
    }

    /// Every `step`-th element from `begin` on, `shape` of them; nil where that cuts blocks.
    package func view(begin: [Int], step: [Int], shape: [Int]) -> MemoryDescriptor? {
        guard raw.format_kind == dnnl_blocked, isUnpadded else { return nil }
        // A scalar has one axis here and none in the tensor.
        let (begin, step) = begin.isEmpty ? ([0], [1]) : (begin, step)
        let sizes = blockSizes
        var result = raw
        for axis in sizes.indices {
            guard
                sizes[axis] == 1
                    || (step[axis] == 1 && begin[axis] % sizes[axis] == 0 && shape[axis] % sizes[axis] == 0)
            else { return nil }
            let stride = Int(strides[axis])
            result.offset0 += Int64(begin[axis] / sizes[axis] * stride)
            Self.set(&result.format_desc.blocking.strides, axis, stride * step[axis])
            Self.set(&result.dims, axis, shape[axis])
            Self.set(&result.padded_dims, axis, shape[axis])
        }
        return MemoryDescriptor(raw: result)
    }

    var strides: [Int64] {
        withUnsafeBytes(of: raw.format_desc.blocking.strides) {
            Array($0.bindMemory(to: Int64.self).prefix(Int(raw.ndims)))
        }
    }

    var innerBlocks: [Int] {
        withUnsafeBytes(of: raw.format_desc.blocking.inner_blks) {
            $0.bindMemory(to: Int64.self).prefix(Int(raw.format_desc.blocking.inner_nblks)).map(Int.init)
        }
    }

    var innerAxes: [Int] {
        withUnsafeBytes(of: raw.format_desc.blocking.inner_idxs) {
            $0.bindMemory(to: Int64.self).prefix(Int(raw.format_desc.blocking.inner_nblks)).map(Int.init)
        }
    }

    /// How many neighbours along each axis lie in one block.
    var blockSizes: [Int] {
        var result = [Int](repeating: 1, count: dimensions.count)
        for (block, axis) in zip(innerBlocks, innerAxes) { result[axis] *= block }
        return result
    }

    private var isUnpadded: Bool { paddedDimensions == dimensions }

    /// The extents with what fills the last blocks.
    var paddedDimensions: [Int] {
        withUnsafeBytes(of: raw.padded_dims) {
            $0.bindMemory(to: Int64.self).prefix(Int(raw.ndims)).map(Int.init)
        }
    }

    /// Writes one number of an array that C keeps in a struct.
    private static func set<Numbers>(_ numbers: inout Numbers, _ index: Int, _ value: Int) {
        withUnsafeMutableBytes(of: &numbers) { $0.bindMemory(to: Int64.self)[index] = Int64(value) }
    }
}
