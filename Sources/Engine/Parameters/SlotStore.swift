import Memory
import OneDNN

/// What an optimizer remembers of the parameters of a store: named values, flat like the weights, and numbers of its own.
///
/// A name's values lie behind each other in the order of the parameters, so that what is one run of weights is one run of
/// values, too. Nothing is kept for parameters that nobody asked for.
package final class SlotStore {
    /// How the values of a parameter lie.
    package enum Form: Sendable, Equatable {
        /// As the weights do, padding included.
        case likeWeights
        /// Row-major, of this shape.
        case rowMajor(Shape)
    }

    /// What values are before anything is remembered.
    package enum Start: Sendable, Equatable {
        case value(Float)
        case weights
    }

    /// Values that are to be kept.
    package struct Demand: Sendable {
        package let parameter: Int
        package let name: String
        package let form: Form
        package let start: Start

        package init(parameter: Int, name: String, form: Form = .likeWeights, start: Start = .value(0)) {
            self.parameter = parameter
            self.name = name
            self.form = form
            self.start = start
        }
    }

    private struct Place {
        var form: Form
        var offset: Int
        var extent: Int
    }

    private struct Column {
        var places: [Int: Place] = [:]
        var arena: ParameterArena
    }

    unowned let store: ParameterStore
    private let ledger: MemoryLedger
    private var columns: [String: Column] = [:]
    /// Grows when an address changes.
    package private(set) var generation = 0
    /// Numbers that are kept for all parameters together, by name.
    package var numbers: [String: [Float]] = [:]

    /// No values yet.
    package init(_ store: ParameterStore, ledger: MemoryLedger) {
        self.store = store
        self.ledger = ledger
    }

    /// Whether nothing is remembered.
    package var isEmpty: Bool { columns.isEmpty && numbers.isEmpty }

    /// The names of all values, sorted.
    package var names: [String] { columns.keys.sorted() }

    /// The parameters that have values of a name, in order.
    package func parameters(of name: String) -> [Int] { (columns[name]?.places.keys).map { $0.sorted() } ?? [] }

    /// Forgets everything.
    package func removeAll() {
        columns = [:]
        numbers = [:]
        generation += 1
    }

    /// Makes places for what is not kept yet; what is kept stays.
    package func require(_ demands: [Demand]) throws {
        for (name, wanted) in Dictionary(grouping: demands, by: \.name) {
            let known = columns[name]?.places ?? [:]
            guard wanted.contains(where: { known[$0.parameter]?.form != $0.form }) else { continue }
            var forms = known.mapValues(\.form)
            for demand in wanted { forms[demand.parameter] = demand.form }
            var places: [Int: Place] = [:]
            var next = 0
            for (parameter, form) in forms.sorted(by: { $0.key < $1.key }) {
                places[parameter] = Place(form: form, offset: next, extent: extent(of: form, parameter))
                next += places[parameter]!.extent
            }
            let arena = ParameterArena(count: next, ledger: ledger, account: .optimizer)
            for (parameter, place) in places {
                let target = arena.floats.baseAddress! + place.offset
                if let old = known[parameter], old.form == place.form {
                    target.update(from: columns[name]!.arena.floats.baseAddress! + old.offset, count: old.extent)
                } else {
                    try start(wanted.first { $0.parameter == parameter }!.start, at: target, place, parameter)
                }
            }
            columns[name] = Column(places: places, arena: arena)
            generation += 1
        }
    }

    private func extent(of form: Form, _ parameter: Int) -> Int {
        switch form {
        case .likeWeights: store.entries[parameter].extent
        case .rowMajor(let shape): (shape.elementCount + 15) / 16 * 16
        }
    }

    private func start(
        _ start: Start, at target: UnsafeMutablePointer<Float>, _ place: Place, _ parameter: Int
    ) throws {
        switch start {
        // An arena begins as zeros; pages that nobody writes are not made.
        case .value(let value): if value != 0 { target.update(repeating: value, count: place.extent) }
        case .weights:
            if place.form == .likeWeights {
                target.update(
                    from: store.weights.baseAddress! + store.entries[parameter].offset, count: place.extent)
            } else {
                let values = try store.read(parameter)
                target.update(from: values, count: values.count)
            }
        }
    }

    /// The values of a parameter; nil where nothing is kept.
    package func values(_ name: String, _ parameter: Int) -> UnsafeMutableBufferPointer<Float>? {
        guard let column = columns[name], let place = column.places[parameter] else { return nil }
        return UnsafeMutableBufferPointer(
            rebasing: column.arena.floats[place.offset..<place.offset + place.extent])
    }

    /// The shape of the values of a parameter; nil where nothing is kept.
    package func shape(_ name: String, _ parameter: Int) -> Shape? {
        switch columns[name]?.places[parameter]?.form {
        case .likeWeights: store.entries[parameter].shape
        case .rowMajor(let shape): shape
        case nil: nil
        }
    }

    private func layout(_ place: Place, _ parameter: Int) -> (layout: MemoryDescriptor, shape: Shape) {
        switch place.form {
        case .likeWeights: (store.entries[parameter].layout, store.entries[parameter].shape)
        case .rowMajor(let shape): (MemoryDescriptor(rowMajor: shape), shape)
        }
    }

    /// How the values of a parameter lie, which must be kept.
    func layout(_ name: String, _ parameter: Int) -> (layout: MemoryDescriptor, shape: Shape) {
        layout(columns[name]!.places[parameter]!, parameter)
    }

    /// The values of a parameter in row-major order; nil where nothing is kept.
    package func read(_ name: String, _ parameter: Int) throws -> [Float]? {
        guard let column = columns[name], let place = column.places[parameter] else { return nil }
        let (layout, shape) = layout(place, parameter)
        return try layout.rowMajorValues(at: column.arena.floats.baseAddress! + place.offset, shape: shape)
    }

    /// Replaces the values of a parameter, which must be kept, by others in row-major order.
    package func write(_ values: [Float], to name: String, _ parameter: Int) throws {
        guard let column = columns[name], let place = column.places[parameter] else {
            preconditionFailure("SlotStore: nothing is kept as \(name) of parameter \(parameter)")
        }
        let (layout, shape) = layout(place, parameter)
        try layout.write(values, at: column.arena.floats.baseAddress! + place.offset, shape: shape)
    }

    /// Follows parameters that have got other layouts.
    func move(from old: [ParameterStore.Entry]) throws {
        for (name, column) in columns {
            var places = column.places
            var next = 0
            for parameter in places.keys.sorted() {
                places[parameter]!.offset = next
                places[parameter]!.extent = extent(of: places[parameter]!.form, parameter)
                next += places[parameter]!.extent
            }
            let arena = ParameterArena(count: next, ledger: ledger, account: .optimizer)
            for (parameter, place) in places {
                let source = column.arena.floats.baseAddress! + column.places[parameter]!.offset
                let target = arena.floats.baseAddress! + place.offset
                if place.form == .likeWeights {
                    try old[parameter].layout.copy(source, to: target, as: store.entries[parameter].layout)
                } else {
                    target.update(from: source, count: place.extent)
                }
            }
            columns[name] = Column(places: places, arena: arena)
        }
        generation += 1
    }
}
