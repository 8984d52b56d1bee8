import Memory
import OneDNN

/// Flat memory for all parameters of a model: one arena for weights, one for gradients, and what an optimizer keeps.
///
/// Every parameter has the same place in weights and gradients, so that an optimizer, a clip or a checksum is one loop.
/// The layout of a parameter is row-major until the first plan asks for another one (`adopt`); after that it stays.
package final class ParameterStore {
    /// One parameter: its name, extents and place.
    package struct Entry {
        package let name: String
        package let shape: Shape
        package var isTrainable: Bool
        /// Axes as in `shape`; strides and blocks as the primitives want them.
        package internal(set) var layout: MemoryDescriptor
        /// The first element, counted in floats from the start of an arena.
        package internal(set) var offset: Int
        /// Floats of this parameter's place, padding included.
        package internal(set) var extent: Int
    }

    package private(set) var entries: [Entry] = []
    private let ledger: MemoryLedger
    private var weightArena: ParameterArena
    private var gradientArena: ParameterArena?
    /// What the model's own optimizer keeps.
    package private(set) lazy var slots = SlotStore(self, ledger: ledger)
    /// Whether layouts are final.
    package private(set) var isPinned = false
    /// Grows when an address changes, so that plans know that they must bind again.
    package private(set) var generation = 0

    /// Places parameters of the given names and shapes, all zeros.
    package init(_ parameters: [(name: String, shape: Shape, isTrainable: Bool)], ledger: MemoryLedger) {
        self.ledger = ledger
        entries = parameters.map {
            Entry(
                name: $0.name, shape: $0.shape, isTrainable: $0.isTrainable,
                layout: MemoryDescriptor(rowMajor: $0.shape.layoutDimensions), offset: 0, extent: 0)
        }
        let count = Self.place(&entries)
        weightArena = ParameterArena(count: count, ledger: ledger, account: .parameters)
        findTrainableRanges()
    }

    /// Assigns offsets from the layouts; returns the floats of an arena.
    private static func place(_ entries: inout [Entry]) -> Int {
        var next = 0
        for index in entries.indices {
            entries[index].offset = next
            entries[index].extent = (entries[index].layout.byteCount / 4 + 15) / 16 * 16
            next += entries[index].extent
        }
        return next
    }

    /// Floats of one arena.
    package var count: Int { weightArena.count }

    /// All weights, flat.
    package var weights: UnsafeMutableBufferPointer<Float> { weightArena.floats }

    /// All gradients, flat; allocated at the first use.
    package var gradients: UnsafeMutableBufferPointer<Float> {
        if gradientArena == nil {
            gradientArena = ParameterArena(count: count, ledger: ledger, account: .gradients)
            generation += 1
        }
        return gradientArena!.floats
    }

    /// Calls `body` with memory for `count` floats, at most as many as a parameter has: its gradients, which are zeros
    /// afterwards, or memory of its own in a model that has none.
    func withScratch(
        ofParameter index: Int, count: Int, _ body: (UnsafeMutablePointer<Float>) throws -> Void
    ) throws {
        guard let gradientArena else {
            let own = ParameterArena(count: count, ledger: ledger, account: .gradients)
            return try withExtendedLifetime(own) { try body(own.floats.baseAddress!) }
        }
        let scratch = gradientArena.floats.baseAddress! + entries[index].offset
        // A clip by the norm of all gradients also reads the padding between them.
        defer { scratch.update(repeating: 0, count: count) }
        try body(scratch)
    }

    /// Runs of floats that belong to trainable parameters, adjacent ones merged.
    package private(set) var trainableRanges: [Range<Int>] = []

    /// Grows when other parameters are trained.
    package private(set) var trainableVersion = 0

    /// Whether a parameter is trained.
    package func isTrainable(_ index: Int) -> Bool { entries[index].isTrainable }

    /// Chooses whether a parameter is trained.
    package func setTrainable(_ isTrainable: Bool, at index: Int) {
        entries[index].isTrainable = isTrainable
        trainableVersion += 1
        findTrainableRanges()
    }

    private func findTrainableRanges() {
        trainableRanges = []
        for entry in entries where entry.isTrainable {
            let range = entry.offset..<entry.offset + entry.extent
            if let last = trainableRanges.last, last.upperBound == range.lowerBound {
                trainableRanges[trainableRanges.count - 1] = last.lowerBound..<range.upperBound
            } else {
                trainableRanges.append(range)
            }
        }
    }

    /// Where the values of a parameter are kept.
    package enum Arena: Sendable, Hashable {
        case weights, gradients
    }

    private func arena(_ which: Arena) -> ParameterArena {
        switch which {
        case .weights: weightArena
        case .gradients: gradientArena!
        }
    }

    /// The values of a parameter in row-major order.
    package func read(_ index: Int, from which: Arena = .weights) throws -> [Float] {
        let entry = entries[index]
        return try entry.layout.rowMajorValues(
            at: arena(which).floats.baseAddress! + entry.offset, shape: entry.shape)
    }

    /// Replaces the values of a parameter by others in row-major order.
    package func write(_ values: [Float], to index: Int, in which: Arena = .weights) throws {
        let entry = entries[index]
        try entry.layout.write(values, at: arena(which).floats.baseAddress! + entry.offset, shape: entry.shape)
    }

    /// Moves every parameter and slot into the given layouts, once.
    func adopt(_ layouts: [Int: MemoryDescriptor]) throws {
        precondition(!isPinned, "ParameterStore: layouts are already chosen")
        let old = entries
        for (index, layout) in layouts { entries[index].layout = layout }
        let count = Self.place(&entries)
        func moved(_ arena: ParameterArena, _ account: MemoryAccount) throws -> ParameterArena {
            let result = ParameterArena(count: count, ledger: ledger, account: account)
            for (from, to) in zip(old, entries) {
                try from.layout.copy(
                    arena.floats.baseAddress! + from.offset, to: result.floats.baseAddress! + to.offset, as: to.layout)
            }
            return result
        }
        weightArena = try moved(weightArena, .parameters)
        try slots.move(from: old)
        gradientArena = nil
        isPinned = true
        findTrainableRanges()
        generation += 1
    }
}

/// One flat arena of floats, known to the ledger.
final class ParameterArena {
    private let buffer: AlignedBuffer
    private let ledger: MemoryLedger
    private let account: MemoryAccount

    init(count: Int, ledger: MemoryLedger, account: MemoryAccount) {
        ledger.grant(count * 4, to: account)
        buffer = AlignedBuffer(byteCount: max(count, 16) * 4)
        self.count = count
        self.ledger = ledger
        self.account = account
    }

    deinit { ledger.release(count * 4, from: account) }

    let count: Int
    var floats: UnsafeMutableBufferPointer<Float> { buffer.floats }
}
