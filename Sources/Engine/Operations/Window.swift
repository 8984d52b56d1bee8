import OneDNN

/// How far a window may reach over the border.
public enum Padding: String, Sendable {
    /// Not at all.
    case valid
    /// So far that the output has `⌈extent / stride⌉` positions; an odd rest goes to the end.
    case same
    /// In front alone, so far that no position sees what comes behind it: for sequences.
    case causal
}

extension Window {
    /// A window over `extents` with Keras's padding rules. Dilation is 1 along every axis unless it is given.
    package init(kernel: [Int], strides: [Int], dilation: [Int]? = nil, padding: Padding, over extents: [Int]) {
        let dilation = dilation ?? kernel.map { _ in 1 }
        var before: [Int] = []
        var after: [Int] = []
        for axis in kernel.indices {
            let reach = (kernel[axis] - 1) * dilation[axis] + 1
            switch padding {
            case .valid:
                before.append(0)
                after.append(0)
            case .same:
                let positions = (extents[axis] + strides[axis] - 1) / strides[axis]
                let total = max(0, (positions - 1) * strides[axis] + reach - extents[axis])
                before.append(total / 2)
                after.append(total - total / 2)
            case .causal:
                before.append(reach - 1)
                after.append(0)
            }
        }
        self.init(
            kernel: kernel, strides: strides, dilation: dilation, paddingBefore: before, paddingAfter: after)
    }

    /// Input positions from the first tap of a window to its last.
    package func reach(axis: Int) -> Int { (kernel[axis] - 1) * dilation[axis] + 1 }

    /// Output positions along a spatial axis of the given extent; none where the window does not fit.
    package func outputExtent(_ extent: Int, axis: Int) -> Int {
        let room = extent + paddingBefore[axis] + paddingAfter[axis] - reach(axis: axis)
        return room < 0 ? 0 : room / strides[axis] + 1
    }

    /// The extents of what a window makes of spatial extents.
    package func outputExtents(_ extents: [Int]) -> [Int] {
        extents.indices.map { outputExtent(extents[$0], axis: $0) }
    }
}
