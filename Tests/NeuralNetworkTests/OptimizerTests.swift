import Memory
import NeuralNetwork
import TestSupport
import Testing

/// What optimizers say of their settings and choose by name. Their formulae are compared in `OptimizerGoldenTests`.
@Suite struct OptimizerTests {
    private func variable(_ path: String, _ shape: Shape = [2, 2], model: String = "net") -> OptimizerVariable {
        OptimizerVariable(name: String(path.split(separator: "/").last!), path: path, shape: shape, model: model)
    }

    @Test(arguments: [
        (SGD(momentum: 1.5) as any Optimizer, "SGD: momentum is 1.5, expected 0 to 1"),
        (RMSprop(rho: -1), "RMSprop: rho is -1.0"),
        (Adam(beta1: 1), "Adam: beta1 is 1.0, expected at least 0 and below 1"),
        (AdamW(options: .init(name: "w"), missingDecay: ()), "AdamW: weightDecay is nil"),
        (Adagrad(initialAccumulatorValue: -0.1), "initialAccumulatorValue is -0.1"), (Adadelta(epsilon: -1), "epsilon"),
        (Adamax(beta2: 2), "beta2 is 2.0"), (Nadam(beta1: -0.5), "beta1 is -0.5"), (Lion(beta1: 0), "above 0"),
        (Lamb(epsilon: -1), "epsilon is -1.0"), (Ftrl(learningRatePower: 0.5), "learningRatePower is 0.5"),
        (Ftrl(l1RegularizationStrength: -1), "l1RegularizationStrength"),
        (Adafactor(clipThreshold: 0), "clipThreshold"),
        (Muon(excludeLayers: ["("]), "\"(\" of excludeLayers"), (ScheduleFreeAdamW(beta1: 0), "beta1 is 0.0"),
        (SGD(options: .init(accumulationSteps: 1)), "accumulationSteps is 1"),
        (SGD(options: .init(movingAverage: .init(momentum: 2))), "momentum of the moving average is 2.0"),
        (SGD(options: .init(movingAverage: .init(overwriteFrequency: 0))), "overwrite frequency"),
        (SGD(options: .init(lossScaleFactor: 0)), "lossScaleFactor is 0.0"),
        (SGD(options: .init(weightDecayExclusions: ["["])), "\"[\" of weightDecayExclusions"),
        (LossScaleOptimizer(LossScaleOptimizer(SGD())), "without a loss scale"),
        (LossScaleOptimizer(SGD(), initialScale: 0), "initialScale is 0.0"),
        (LossScaleOptimizer(SGD(momentum: 3)), "SGD: momentum is 3.0"),
        (MultiOptimizer(SGD(), ["a": Adam(), "a": SGD()]), "the key \"a\" is there twice"),
        (MultiOptimizer(SGD(), ["*": Adam()]), "no regular expression"),
        (MultiOptimizer(SGD(), ["a": LossScaleOptimizer(SGD())]), "is a LossScaleOptimizer"),
        (MultiOptimizer(SGD(), ["a": Lion(beta1: 0)]), "Lion: beta1"),
        (MultiOptimizer(SGD(), ["a": Adam()], options: .init(clipping: .norm(1))), "its options have clipping"),
        (MultiOptimizer(SGD(), ["a": Adam()], options: .init(accumulationSteps: 2)), "have accumulationSteps"),
        (LossScaleOptimizer(SGD(), options: .init(weightDecay: 0.1)), "its options have weightDecay"),
        (LossScaleOptimizer(SGD(), options: .init(lossScaleFactor: 2)), "its options have lossScaleFactor"),
        (SGD(options: .init(clipping: .value(-1))), "bound of clipping is -1.0"),
        (SGD(options: .init(clipping: .norm(.nan))), "bound of clipping is nan"),
        (SGD(options: .init(clipping: .globalNorm(.infinity))), "bound of clipping is inf"),
    ])
    func `settings that cannot work are named`(_ optimizer: any Optimizer, _ fragment: String) throws {
        let problem = try #require(optimizer.problem)
        #expect(problem.contains(fragment), "\(problem)")
    }

    @Test(arguments: optimizerNames) func `Keras's defaults have no problem`(_ name: String) throws {
        let optimizer = try #require(namedOptimizer(name.uppercased()))
        #expect(optimizer.problem == nil)
        #expect(type(of: optimizer).kind.lowercased() == name)
    }

    @Test func `a key is a path, or describes a whole one, with or without the model's name`() {
        let multiple = MultiOptimizer(SGD(), ["dense/kernel": Adam(), "dense/.*": Lion(), "net/head/.*": Lamb()])
        func kind(_ path: String) -> String {
            type(of: multiple.parts[multiple.part(for: variable(path))]).kind
        }
        #expect(kind("dense/kernel") == "Adam")
        #expect(kind("dense/bias") == "Lion")
        #expect(kind("other/dense/bias") == "SGD")
        #expect(kind("head/kernel") == "Lamb")
        #expect(multiple.problem(for: [variable("dense/kernel"), variable("dense/bias")]) == nil)
    }

    @Test func `two keys for one variable are refused`() throws {
        let multiple = MultiOptimizer(SGD(), ["dense/.*": Adam(), ".*/bias": Lion()])
        let problem = try #require(multiple.problem(for: [variable("dense/bias")]))
        #expect(problem.contains("dense/bias is described by \"dense/.*\" and \".*/bias\""))
    }

    @Test func `a step size of several optimizers is the default's`() {
        var multiple = MultiOptimizer(SGD(learningRate: 0.5), ["a": Adam(learningRate: 0.25)])
        multiple.learningRate = 0.125
        #expect(multiple.learningRate(at: 9) == 0.125)
        #expect(multiple["a"]?.learningRate == 0.25)
        multiple["a"]?.learningRate = 0.75
        #expect(multiple.parts.map { $0.learningRate(at: 1) } == [0.75, 0.125])
        var scaled = LossScaleOptimizer(multiple)
        scaled.learningRate = 2
        #expect(scaled.inner.learningRate == 2)
        scaled.schedule = CosineDecay(0.5, decaySteps: 10)
        #expect(scaled.parts.map { $0.learningRate(at: 10) } == [0.75, 0] && scaled.learningRate(at: 0) == 0.5)
        #expect(scaled.chosenLearningRates == [0.75, nil])
        let set = scaled.withLearningRates([0.25, nil])
        #expect(set.chosenLearningRates == [0.25, nil] && set is LossScaleOptimizer)
        #expect(set.withLearningRates([nil, 1]).chosenLearningRates == [0.25, 1])
    }

    @Test func `an optimizer for a key that is not there is refused`() throws {
        var multiple = MultiOptimizer(SGD(), ["dense/.*": Adam()])
        multiple["dense/.*"] = Lion()
        #expect(multiple.problem == nil)
        multiple["densé/.*"] = Lion()
        #expect(try #require(multiple.problem).contains("the key \"densé/.*\""))
        var emptied = MultiOptimizer(SGD(), ["a": Adam()])
        emptied["a"] = nil
        #expect(try #require(emptied.problem).contains("or not to nil"))
        #expect(MultiOptimizer(SGD(), [:], options: .init(name: "m", lossScaleFactor: 2)).problem == nil)
    }

    @Test func `a loss scale stays a number however long it grows or shrinks`() {
        var state = LossScaleState(nil, initialScale: 32768)
        for _ in 0..<300 { state.advance(isFinite: true, growthSteps: 1) }
        #expect(state.scale == 0x1p127)
        for _ in 0..<600 { state.advance(isFinite: false, growthSteps: 1) }
        #expect(state.scale > 0)
    }

    /// What a change of layout leaves of slots is zeros, whatever they began as.
    @Test func `padding stays zero, also without an epsilon`() {
        let optimizers: [any Optimizer] = [
            Ftrl(), Ftrl(learningRatePower: -0.25, initialAccumulatorValue: 0), Adam(epsilon: 0),
            Adam(epsilon: 0, amsgrad: true), Adagrad(initialAccumulatorValue: 0, epsilon: 0), Adadelta(epsilon: 0),
            Adamax(epsilon: 0), Nadam(epsilon: 0), RMSprop(epsilon: 0), Lamb(epsilon: 0),
            ScheduleFreeAdamW(epsilon: 0),
        ]
        for optimizer in optimizers {
            let memory = (0..<5).map { _ in TestBuffer(byteCount: 64) }
            var slots = memory.dropFirst(2).map { $0.floats.baseAddress! }
            slots.withUnsafeMutableBufferPointer { slots in
                var numbers = optimizer.numbers
                for iteration in 0..<2 {
                    optimizer.begin(&numbers, iteration: iteration)
                    optimizer.update(
                        OptimizerRun(
                            weights: memory[0].floats, gradients: memory[1].floats,
                            slots: UnsafeBufferPointer(slots), variables: [variable("k", [16])], learningRate: 0.1,
                            iteration: iteration, numbers: numbers, workspace: OptimizerWorkspace()))
                }
            }
            withExtendedLifetime(memory) {
                #expect(memory[0].floats.allSatisfy { $0 == 0 }, "\(type(of: optimizer).kind)")
            }
        }
    }

    @Test func `excluded variables are not decayed`() {
        let adam = AdamW(weightDecay: 0.5, options: .init(weightDecayExclusions: ["bias", "^norm/", "gamma$"]))
        #expect(adam.weightDecay(for: variable("dense/kernel")) == 0.5)
        for path in ["dense/bias", "norm/beta", "other/gamma"] { #expect(adam.weightDecay(for: variable(path)) == nil) }
    }

    @Test func `Muon takes matrices, and Adam the rest`() {
        let muon = Muon(weightDecay: 0.1, excludeLayers: ["head"])
        let matrix = variable("dense/kernel", [3, 4])
        #expect(muon.access(to: matrix) == .rowMajor && muon.slots(for: matrix).map(\.name) == ["momentum"])
        #expect(muon.weightDecay(for: matrix) == 0.1)
        // As in Keras, patterns are of paths.
        #expect(Muon(excludeLayers: ["^kernel"]).access(to: matrix) == .rowMajor)
        #expect(Muon(excludeLayers: ["^dense"]).access(to: matrix) == .elements)
        for other in [
            variable("dense/bias", [4]), variable("conv/kernel", [3, 3, 2, 2]), variable("head/kernel"),
            variable("token_embedding/embeddings"),
        ] {
            #expect(muon.access(to: other) == .elements)
            #expect(muon.slots(for: other).map(\.name) == ["momentum", "velocity"])
            #expect(muon.weightDecay(for: other) == 0.004)
        }
    }

    @Test func `Adafactor keeps two means of a matrix instead of all`() {
        let slots = Adafactor().slots(for: variable("k", [5, 3, 4]))
        #expect(slots.map(\.storage) == [.rowMajor([5, 3]), .rowMajor([5, 4]), .absent])
        #expect(Adafactor().slots(for: variable("b", [4])).map(\.storage) == [.absent, .absent, .likeWeights])
    }
}

extension AdamW {
    /// Without the decay that it needs.
    fileprivate init(options: OptimizerOptions, missingDecay: Void) {
        self.init(options: options)
        self.options.weightDecay = nil
    }
}

extension LossScaleOptimizer {
    /// With options that belong to the inner optimizer.
    fileprivate init(_ inner: any Optimizer, options: OptimizerOptions) {
        self.init(inner)
        self.options = options
    }
}
