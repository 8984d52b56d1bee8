import Memory
import OneDNN

/// What a run may tell its kernels, and what they may tell the caller.
package struct RunState {
    /// The seed of all random numbers of a training run.
    package var seed: UInt64
    /// The number of updates before this one: with the seed and the layer it names a dropout mask.
    package var step: UInt64
    /// The position in the batch of the first row, when a batch is run in parts.
    package var firstRow: Int
    /// The first row whose label was not a class number, and that label.
    package var invalidLabel: (row: Int, label: Int32)?
    /// The first number that named no row of a table: its row-major place among the numbers, itself, and the table's rows.
    package var invalidIndex: (place: Int, index: Int32, rows: Int)?

    package init(seed: UInt64 = 0, step: UInt64 = 0, firstRow: Int = 0) {
        self.seed = seed
        self.step = step
        self.firstRow = firstRow
    }
}

/// Work of our own: a loop over memory whose addresses come in the order in which the step named its buffers.
protocol Kernel {
    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState)
}

/// One piece of work of a plan.
final class Step {
    enum Work {
        case primitive(PrimitiveCall)
        case kernel(any Kernel)
    }

    let label: String
    /// Layouts and implementation, for reports.
    let detail: String
    /// The shape of the value that the step was planned for.
    let shape: Shape
    let work: Work
    /// What `work` runs: not optional and no case of an enum, which would be copied at each run.
    private let kernel: any Kernel
    /// The buffers of the arguments, in order.
    let buffers: [Int]
    private let addresses: UnsafeMutablePointer<UnsafeMutableRawPointer>

    init(_ label: String, _ work: Work, buffers: [Int], shape: Shape, detail: String) {
        self.label = label
        self.detail = detail
        self.shape = shape
        self.work = work
        kernel =
            switch work {
            case .primitive(let call): PrimitiveKernel(call: call)
            case .kernel(let kernel): kernel
            }
        self.buffers = buffers
        addresses = .allocate(capacity: buffers.count)
    }

    deinit { addresses.deallocate() }

    /// Names the memory of one argument.
    func bind(_ argument: Int, to address: UnsafeMutableRawPointer) {
        switch work {
        case .primitive(let call): call.bind(argument, to: address)
        case .kernel: addresses[argument] = address
        }
    }

    func run(_ state: inout RunState) { kernel.run(addresses, &state) }
}

/// A primitive knows its own arguments.
private struct PrimitiveKernel: Kernel {
    let call: PrimitiveCall

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) { call.execute() }
}
