import Glibc
import Memory
import OneDNN

/// The activation arena that all plans of a model share: as large as the largest of them.
package final class ActivationArena {
    private var buffer: AlignedBuffer
    private let ledger: MemoryLedger
    private(set) var generation = 0

    package init(ledger: MemoryLedger) {
        self.ledger = ledger
        buffer = AlignedBuffer(byteCount: 0)
    }

    deinit { ledger.release(buffer.byteCount, from: .activations) }

    /// The first byte, after growing to at least `byteCount` bytes.
    func address(atLeast byteCount: Int) -> UnsafeMutableRawPointer {
        if byteCount > buffer.byteCount {
            ledger.release(buffer.byteCount, from: .activations)
            // The old memory goes before the new comes: both at once would be a peak that nobody planned.
            buffer = AlignedBuffer(byteCount: 0)
            ledger.grant(byteCount, to: .activations)
            buffer = AlignedBuffer(byteCount: byteCount)
            generation += 1
        }
        return buffer.address
    }
}

/// A graph that is ready to run: primitives built, layouts chosen, every buffer placed.
package final class Plan {
    private let steps: [Step]
    private let buffers: [PlanBuilder.Buffer]
    private let offsets: [Int]
    private let store: ParameterStore
    private let arena: ActivationArena
    private let outputs: [String: (buffer: Int, type: TensorType)]
    /// The arguments that read each input.
    private let inputBuffers: [String: Int]
    /// Where the inputs lie: an output may be nothing but an input under another shape.
    private var inputAddresses: [String: UnsafeRawPointer] = [:]
    private var argumentsOfBuffer: [[(step: Int, argument: Int)]]
    private var base: UnsafeMutableRawPointer
    private var boundStore = -1
    private var boundArena = -1

    /// Bytes of activations, workspaces and scratch memory.
    package let arenaBytes: Int
    /// The largest sum of bytes alive at one step: no arena can be smaller.
    package let arenaLowerBound: Int
    /// What the plan does, for people.
    package let report: PlanReport

    /// Plans the computation of `outputs`, and of the gradients of parameters into the gradient arena.
    ///
    /// - Parameters:
    ///   - propagation: `.training` keeps what the backward primitives need.
    ///   - outputs: tensors that the caller reads after a run, row-major, as float32 whatever their type.
    ///   - integerOutputs: `int32` tensors that the caller reads as they are, under other names.
    ///   - gradients: tensors and the parameters whose gradients they are.
    ///   - updates: tensors that become the values of parameters at the end of a run.
    package init(
        _ graph: Graph, store: ParameterStore, arena: ActivationArena, propagation: Propagation,
        outputs: [String: Tensor], integerOutputs: [String: Tensor] = [:],
        gradients: [(tensor: Tensor, parameter: Int)] = [], updates: [(tensor: Tensor, parameter: Int)] = []
    ) throws {
        let wanted = outputs.mapValues { $0.casted(to: .float32) }
            .merging(integerOutputs) { _, _ in preconditionFailure("Plan: two outputs have one name") }
            .sorted { $0.key < $1.key }
        let builder = try PlanBuilder(
            graph: graph, store: store, propagation: propagation, outputs: wanted.map(\.value.id),
            gradients: gradients.map { ($0.tensor.id, $0.parameter) },
            updates: updates.map { ($0.tensor.id, $0.parameter) })
        var placed: [String: (buffer: Int, type: TensorType)] = [:]
        for (output, placement) in zip(wanted, builder.outputPlacements) {
            placed[output.key] = (placement.buffer, output.value.type)
        }
        for output in placed.values { builder.keepToEnd(output.buffer) }
        if !store.isPinned { try store.adopt(builder.wantedLayouts) }

        var requests: [ArenaLayout.Request] = []
        var requestOf: [Int: Int] = [:]
        for (index, buffer) in builder.buffers.enumerated() where buffer.backing == .arena {
            guard let lifetime = buffer.lifetime else { continue }
            requestOf[index] = requests.count
            requests.append(.init(byteCount: buffer.byteCount, lifetime: lifetime))
        }
        let layout = ArenaLayout(requests)
        offsets = builder.buffers.indices.map { requestOf[$0].map { layout.offsets[$0] } ?? 0 }
        arenaBytes = layout.byteCount
        arenaLowerBound = layout.lowerBound
        report = PlanReport(builder, arena: layout)
        steps = builder.steps
        buffers = builder.buffers
        self.store = store
        self.arena = arena
        self.outputs = placed
        var inputs: [String: Int] = [:]
        var uses: [[(Int, Int)]] = Array(repeating: [], count: builder.buffers.count)
        for (index, step) in builder.steps.enumerated() {
            for (argument, buffer) in step.buffers.enumerated() { uses[buffer].append((index, argument)) }
        }
        for (index, buffer) in builder.buffers.enumerated() {
            if case .input(let name) = buffer.backing { inputs[name] = index }
        }
        argumentsOfBuffer = uses
        inputBuffers = inputs
        // The arena grows at the first run: a plan that is only weighed takes no memory.
        base = arena.address(atLeast: 0)
    }

    /// The names of the tensors that the caller provides.
    package var inputNames: [String] { inputBuffers.keys.sorted() }

    /// Names the memory of an input for the next runs. Inputs that the computation does not read are ignored.
    package func setInput(_ name: String, to address: UnsafeRawPointer) {
        guard let buffer = inputBuffers[name] else { return }
        inputAddresses[name] = address
        bind(buffer, to: UnsafeMutableRawPointer(mutating: address))
    }

    /// Runs all steps. Allocates nothing after the first run.
    package func run(_ state: inout RunState) {
        bindIfNeeded()
        for step in steps { step.run(&state) }
    }

    /// The elements of an output of the last run, row-major; valid until any plan of the model runs again.
    package func output(_ name: String) -> UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(elements(of: name, .float32).assumingMemoryBound(to: Float.self))
    }

    /// The elements of an integer output of the last run, row-major; valid until any plan of the model runs again.
    package func integerOutput(_ name: String) -> UnsafeBufferPointer<Int32> {
        UnsafeBufferPointer(elements(of: name, .int32).assumingMemoryBound(to: Int32.self))
    }

    private func elements(of name: String, _ scalar: ScalarType) -> UnsafeMutableRawBufferPointer {
        let (buffer, type) = outputs[name]!
        precondition(type.scalar == scalar, "Plan: output \(name) has elements of \(type.scalar), read as \(scalar)")
        let address =
            switch buffers[buffer].backing {
            case .arena: base + offsets[buffer]
            case .parameter(let index):
                UnsafeMutableRawPointer(store.weights.baseAddress! + store.entries[index].offset)
            case .gradient(let index):
                UnsafeMutableRawPointer(store.gradients.baseAddress! + store.entries[index].offset)
            case .input(let input): UnsafeMutableRawPointer(mutating: inputAddresses[input]!)
            }
        return UnsafeMutableRawBufferPointer(start: address, count: type.shape.elementCount * scalar.byteCount)
    }

    /// The shape of an output.
    package func shape(of name: String) -> Shape { outputs[name]!.type.shape }

    /// What each step does, with the seconds that it took in one run: for profiles.
    package func profile(_ state: inout RunState) -> [(label: String, seconds: Double)] {
        bindIfNeeded()
        return steps.map { step in
            let begin = ContinuousClock.now
            step.run(&state)
            return (step.label, begin.secondsToNow)
        }
    }

    private func bindIfNeeded() {
        base = arena.address(atLeast: arenaBytes)
        guard boundArena != arena.generation || boundStore != store.generation else { return }
        for (index, buffer) in buffers.enumerated() {
            switch buffer.backing {
            case .arena: bind(index, to: base + offsets[index])
            case .parameter(let parameter):
                bind(index, to: UnsafeMutableRawPointer(store.weights.baseAddress! + store.entries[parameter].offset))
            case .gradient(let parameter):
                bind(index, to: UnsafeMutableRawPointer(store.gradients.baseAddress! + store.entries[parameter].offset))
            case .input: break
            }
        }
        boundArena = arena.generation
        boundStore = store.generation
    }

    private func bind(_ buffer: Int, to address: UnsafeMutableRawPointer) {
        for use in argumentsOfBuffer[buffer] { steps[use.step].bind(use.argument, to: address) }
    }
}
