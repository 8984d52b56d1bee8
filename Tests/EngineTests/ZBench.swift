import Engine
import Foundation
import Memory
import TestSupport
import Testing

@Suite struct ZBench {
    static func bench(_ name: String, _ tensors: [Tensor], _ inputs: [(String, Shape, ScalarType)], reps: Int = 15) throws {
        let ledger = MemoryLedger()
        let plan = try Plan(
            tensors[0].graph, store: ParameterStore([], ledger: ledger), arena: ActivationArena(ledger: ledger),
            propagation: .training, outputs: Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ("y\($0)", $1) }))
        var keep: [TestBuffer] = []
        for (label, shape, type) in inputs {
            let b = TestBuffer(byteCount: shape.elementCount * 4)
            if type == .int32 {
                b.address.copyMemory(from: (0..<shape.elementCount).map { Int32(truncatingIfNeeded: $0 &* 2654435761 % 100000) }, byteCount: shape.elementCount * 4)
            } else { _ = b.floats.update(from: det(shape, 0.3, 0.5)) }
            plan.setInput(label, to: b.address)
            keep.append(b)
        }
        var state = RunState()
        var best: [(label: String, seconds: Double)] = []
        var total = 1e9
        for _ in 0..<reps {
            let p = ProcessInfo.processInfo.environment["OMP_NUM_THREADS"] == "1" ? plan.cpuProfile(&state) : plan.profile(&state)
            total = min(total, p.reduce(0) { $0 + $1.seconds })
            if best.isEmpty { best = p } else { for i in p.indices { best[i].seconds = min(best[i].seconds, p[i].seconds) } }
        }
        print("BENCH \(name): best \(total * 1e3) ms arena \(plan.arenaBytes >> 20) MiB (bound \(plan.arenaLowerBound >> 20)) reorders \(plan.reorderCount)")
        for s in best { print("BENCH     \(s.label.prefix(110)): \(s.seconds * 1e3) ms") }
        _ = keep
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["ZBENCH"] != nil)) func lstm() throws {
        for cell in ["lstm", "gru", "gru-early", "simple"] {
            for type in [ScalarType.float32, .bfloat16] {
                let g = Graph()
                let n = cell == "lstm" ? 4 : cell == "simple" ? 1 : 3
                let x = g.input("x", shape: [128, 64, 32]), w = g.input("w", shape: [32, 128 * n]), u = g.input("u", shape: [128, 128 * n]), b = g.input("b", shape: [(cell == "gru" ? 2 : 1) * 128 * n])
                let c = { (t: Tensor) in t.casted(to: type) }
                let y = switch cell {
                case "lstm": c(x).lstm(kernel: c(w), recurrentKernel: c(u), bias: c(b)).state
                case "gru": c(x).gru(kernel: c(w), recurrentKernel: c(u), bias: c(b).reshaped([2, 384])).state
                case "gru-early": c(x).gru(kernel: c(w), recurrentKernel: c(u), bias: c(b), resetAfter: false).state
                default: c(x).simpleRNN(kernel: c(w), recurrentKernel: c(u), bias: c(b)).state
                }
                let loss = y.casted(to: .float32).square().sum()
                try Self.bench("\(cell) \(type)", g.gradients(of: loss, withRespectTo: [w, u, b]), [("x", x.shape, .float32), ("w", w.shape, .float32), ("u", u.shape, .float32), ("b", b.shape, .float32)])
            }
        }
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["ZBENCH"] != nil)) func products() throws {
        let g = Graph()
        let a = g.input("a", shape: [8192, 160]), b = g.input("b", shape: [8192, 512])
        let w = g.input("w", shape: [160, 512]), c = g.input("c", shape: [512])
        let l = (a.innerProduct(w, bias: c) * b).sum()
        let ins: [(String, Shape, ScalarType)] = [("a", a.shape, .float32), ("b", b.shape, .float32), ("w", w.shape, .float32), ("c", c.shape, .float32)]
        try Self.bench("ip weights", g.gradients(of: l, withRespectTo: [w]), ins)
        try Self.bench("ip weights bias", g.gradients(of: l, withRespectTo: [w, c]), ins)
        try Self.bench("matmul", [a.matrixProduct(b, transposeLeft: true)], [("a", a.shape, .float32), ("b", b.shape, .float32)])
        try Self.bench("matmul turned", [b.matrixProduct(a, transposeLeft: true)], [("a", a.shape, .float32), ("b", b.shape, .float32)])
        try Self.bench("sum", [b.sum(axes: [0])], [("b", b.shape, .float32)])
        try Self.bench("matmul bf16", [a.casted(to: .bfloat16).matrixProduct(b.casted(to: .bfloat16), transposeLeft: true).casted(to: .float32)], [("a", a.shape, .float32), ("b", b.shape, .float32)])
        try Self.bench("bf16 sum", [b.casted(to: .bfloat16).sum(axes: [0]).casted(to: .float32)], [("b", b.shape, .float32)])
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["ZBENCH"] != nil)) func attention() throws {
        for type in [ScalarType.float32, .bfloat16] {
            let g = Graph()
            let t = ["q", "k", "v"].map { g.input($0, shape: [32, 64, 4, 32]) }
            let turned = t.map { $0.casted(to: type).transposed([0, 2, 1, 3]) }
            let scores = turned[0].matrixProduct(turned[1], transposeRight: true).scaled(by: 0.17).softmax()
            let y = scores.matrixProduct(turned[2]).transposed([0, 2, 1, 3])
            let loss = (y.casted(to: .float32).reshaped([32, 64, 128]) * g.input("d", shape: [32, 64, 128])).sum()
            try Self.bench("attention \(type)", [loss] + g.gradients(of: loss, withRespectTo: t), ["q", "k", "v"].map { ($0, [32, 64, 4, 32], .float32) } + [("d", [32, 64, 128], .float32)])
        }
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["ZBENCH"] != nil)) func embedding() throws {
        let g = Graph()
        let t = g.input("t", shape: [100_000, 128]), n = g.input("n", shape: [128, 64], type: .int32)
        let y = t.gathered(n)
        let loss = (y * g.input("d", shape: [128, 64, 128])).sum()
        try Self.bench("embedding", [loss] + g.gradients(of: loss, withRespectTo: [t]), [("t", t.shape, .float32), ("n", n.shape, .int32), ("d", [128, 64, 128], .float32)])
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["ZBENCH"] != nil)) func maps() throws {
        let functions: [(String, (Tensor) -> Tensor)] = [
            ("copy", { $0.casted(to: .bfloat16).casted(to: .float32) }), ("affine", { $0.scaled(by: 2, offset: 1) }), ("abs", { $0.abs() }), ("sign", { $0.sign() }), ("square", { $0.square() }), ("sqrt", { $0.sqrt() }), ("rsqrt", { $0.reciprocalSquareRoot() }), ("reciprocal", { $0.reciprocal() }), ("exp", { $0.exp() }), ("expm1", { $0.expm1() }), ("log", { $0.log() }), ("log1p", { $0.log1p() }), ("sine", { $0.sine() }), ("cosine", { $0.cosine() }), ("tanh", { $0.tanh() }), ("sigmoid", { $0.sigmoid() }), ("softplus", { $0.softplus() }), ("erf", { $0.erf() }), ("floor", { $0.floor() }), ("ceil", { $0.ceil() }), ("round", { $0.rounded() }), ("relu", { $0.relu() }), ("clip", { $0.clipped(from: 0, to: 0.2) }), ("add", { $0 + $0 }), ("divide", { $0 / ($0 + 1) }), ("power", { $0.power($0) }), ("maximum", { $0.maximum($0.square()) }), ("less", { $0.less($0.square()) }), ("select", { Tensor.select($0, $0.square(), $0) }),
            ("gelu", { $0.gelu() }), ("gelu approx", { $0.gelu(approximate: true) }), ("mish", { $0.mish() }), ("selu", { $0.selu() }), ("dropout", { $0.dropout(rate: 0.3, stream: 1) }), ("noise", { $0.gaussianNoise(deviation: 1, stream: 1) }),
        ]
        for (name, f) in functions {
            let g = Graph()
            let x = g.input("x", shape: [2048, 512])
            let y = f(x)
            try Self.bench(name, [y], [("x", x.shape, .float32)])
        }
        for (name, f) in functions.suffix(6) {
            let g = Graph()
            let x = g.input("x", shape: [2048, 512]), d = g.input("d", shape: [2048, 512])
            let y = f(x)
            try Self.bench("gradient of \(name)", g.gradients(of: (y * d).sum(), withRespectTo: [x]), [("x", x.shape, .float32), ("d", x.shape, .float32)])
        }
    }
}
