import ArgumentParser
import Dispatch
import Engine
import Memory
import NeuralNetwork
import Training

/// How fast optimizers go through memory, beside a copy.
struct RunUpdates: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "updates",
        abstract: "Bytes per second of every optimizer's update, beside a copy of as much memory.",
        discussion: """
            One dense layer of the given size; every update reads weights, gradients and slots, and writes weights and
            slots. Bytes are counted once for reading and once for writing, as those of the copy are.
            """)

    @Option(help: "Millions of weights.")
    var millions = 16

    @Option(help: "Updates of a timed block; the best of the blocks counts.")
    var steps = 5

    @Option(help: "Timed blocks.")
    var blocks = 5

    @Option(help: "Threads that compute.")
    var threads = 2

    @Option(
        help: "Only optimizers whose names have this in them; muon, whose time is that of matrix products, only so.")
    var only = ""

    func run() throws {
        ComputeThreads.count = threads
        let (rows, columns) = (4096, millions * 1_000_000 / 4096)
        let copy = copyRate(rows * columns)
        print("\(pad("copy", 22))\(fixed(copy, 1)) GB/s   \(threads) threads, \(rows * columns) floats")
        for (name, optimizer) in Self.cases where only.isEmpty ? name != "muon" : name.contains(only) {
            let rate = try updateRate(optimizer, rows, columns)
            print("\(pad(name, 22))\(fixed(rate, 1)) GB/s   \(fixed(rate / copy, 2)) of a copy")
        }
    }

    private static let cases: [(name: String, optimizer: any Optimizer)] =
        optimizerNames.map { ($0, namedOptimizer($0)!) } + [
            ("sgd momentum", SGD(momentum: 0.9)), ("rmsprop centered", RMSprop(momentum: 0.9, centered: true)),
            ("adam amsgrad", Adam(amsgrad: true)),
            ("adam clip, decay", Adam(options: .init(weightDecay: 0.01, clipping: .value(1)))),
            ("adam global norm", Adam(options: .init(clipping: .globalNorm(1)))),
            ("adam average", Adam(options: .init(movingAverage: .init()))),
        ]

    private func updateRate(_ optimizer: any Optimizer, _ rows: Int, _ columns: Int) throws -> Double {
        let model = try Sequential(input: [rows], seed: 1) { Dense(columns, useBias: false) }
        model.compilation = Compilation(optimizer: optimizer, loss: .meanSquaredError)
        let gradients = model.store.gradients
        for index in gradients.indices { gradients[index] = Float(index % 17) * 0.01 - 0.08 }
        let update = OptimizerUpdate(model)
        try update.apply()
        let seconds = try best { for _ in 0..<steps { try update.apply() } } / Double(steps)
        let slots = model.store.slots
        let remembered = slots.names.reduce(0) { sum, name in
            sum + slots.parameters(of: name).reduce(0) { $0 + (slots.values(name, $1)?.count ?? 0) }
        }
        // Weights and slots are read and written, gradients read.
        return Double(4 * (3 * rows * columns + 2 * remembered)) / seconds / 1e9
    }

    private func copyRate(_ count: Int) -> Double {
        let copy = MemoryCopy(count: count, threads: threads)
        copy.run()
        let seconds = best { for _ in 0..<steps { copy.run() } } / Double(steps)
        return Double(8 * count) / seconds / 1e9
    }

    /// The shortest of the blocks, in seconds.
    private func best(_ body: () throws -> Void) rethrows -> Double {
        var result = Double.infinity
        for _ in 0..<blocks {
            let begin = ContinuousClock.now
            try body()
            result = min(result, begin.secondsToNow)
        }
        return result
    }
}

/// The C library's copy on several threads.
private final class MemoryCopy: @unchecked Sendable {
    // Invariant behind `@unchecked Sendable`: threads touch disjoint parts of the buffers.
    private let source: AlignedBuffer
    private let target: AlignedBuffer
    private let byteCount: Int
    private let threads: Int

    init(count: Int, threads: Int) {
        byteCount = count * 4
        self.threads = threads
        source = AlignedBuffer(byteCount: byteCount)
        target = AlignedBuffer(byteCount: byteCount)
        for index in 0..<count { source.floats[index] = Float(index) }
    }

    func run() {
        DispatchQueue.concurrentPerform(iterations: threads) { part in
            let begin = byteCount * part / threads
            (target.address + begin).copyMemory(
                from: source.address + begin, byteCount: byteCount * (part + 1) / threads - begin)
        }
    }
}
