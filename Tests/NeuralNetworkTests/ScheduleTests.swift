import NeuralNetwork
import Testing

/// Schedules that Keras does not have, and what is refused. Keras's own are compared in `OptimizerGoldenTests`.
@Suite struct ScheduleTests {
    @Test func `numbers are schedules that never change`() {
        let schedules: [any LearningRateSchedule] = [0.5, Float(0.5), Double(0.5)]
        for schedule in schedules {
            #expect(schedule.isConstant)
            #expect([0, 7, 1_000_000].allSatisfy { schedule.learningRate(at: $0) == 0.5 })
        }
        #expect(Adam(learningRate: 1).learningRate == 1)
        #expect(Float.nan.problem?.contains("nan") == true)
    }

    @Test func `a warm-up leads to where another schedule begins, which counts from there`() {
        let after = ExponentialDecay(0.8, decaySteps: 2, decayRate: 0.5)
        let schedule = LinearWarmup(to: after, warmupSteps: 4, from: 0.4)
        let found = (0...8).map { schedule.learningRate(at: $0) }
        for (step, expected) in zip(0...3, [0.4, 0.5, 0.6, 0.7] as [Float]) {
            #expect(abs(found[step] - expected) < 1e-6)
        }
        for step in 4...8 { #expect(found[step] == after.learningRate(at: step - 4)) }
        #expect(LinearWarmup(to: after, warmupSteps: 0).problem?.contains("warmupSteps is 0") == true)
    }

    /// PyTorch 2.15: `OneCycleLR(max_lr=0.1, total_steps=10)`, the learning rate before each step.
    @Test func `one cycle is that of PyTorch`() {
        let expected: [Float] = [
            0.004, 0.052, 0.1, 0.0950484632, 0.0811745654, 0.0611262022, 0.0388741978, 0.0188258346, 0.0049519368, 4e-7,
        ]
        let schedule = OneCycle(0.1, steps: 10)
        for (step, rate) in expected.enumerated() { #expect(abs(schedule.learningRate(at: step) - rate) < 1e-6) }
        #expect(schedule.learningRate(at: 99) == schedule.learningRate(at: 9))
        #expect(OneCycle(0.1, steps: 10, warmupShare: 2).problem?.contains("warmupShare is 2") == true)
    }

    /// Keras 3: without a target there is no warm-up, whatever its length.
    @Test func `a warm-up without a target is none`() {
        let (with, without) = (CosineDecay(0.1, decaySteps: 10, warmupSteps: 5), CosineDecay(0.1, decaySteps: 10))
        for step in 0...15 { #expect(with.learningRate(at: step) == without.learningRate(at: step)) }
    }

    @Test func `any closure`() {
        let adam = Adam(learningRate: .custom { step in 1 / Float(step + 1) })
        #expect(adam.learningRate(at: 3) == 0.25)
        #expect(adam.learningRate == 1)
    }

    @Test func `setting the step size ends a schedule`() {
        var adam = Adam(learningRate: .cosineDecay(0.1, decaySteps: 10))
        #expect(adam.learningRate(at: 10) == 0)
        adam.learningRate = 0.3
        #expect(adam.learningRate(at: 10) == 0.3)
        #expect(adam.schedule.isConstant)
    }

    @Test(arguments: [
        (ExponentialDecay(0.1, decaySteps: 0, decayRate: 1) as any LearningRateSchedule, "decaySteps is 0"),
        (InverseTimeDecay(0.1, decaySteps: -3, decayRate: 1), "decaySteps is -3"),
        (PolynomialDecay(0.1, decaySteps: 0), "decaySteps is 0"), (CosineDecay(0.1, decaySteps: 0), "decaySteps is 0"),
        (CosineDecay(0.1, decaySteps: 1, warmupTarget: 1, warmupSteps: -1), "warmupSteps is -1"),
        (CosineDecayRestarts(0.1, firstDecaySteps: 0), "firstDecaySteps is 0"),
        (CosineDecayRestarts(0.1, firstDecaySteps: 1, tMul: 0.5), "tMul is 0.5"),
        (PiecewiseConstantDecay(boundaries: [1, 2], values: [1, 2]), "2 boundaries and 2 values"),
        (PiecewiseConstantDecay(boundaries: [], values: []), "0 boundaries"),
        (PiecewiseConstantDecay(boundaries: [2, 1], values: [1, 2, 3]), "[2, 1]"),
        (OneCycle(1, steps: 0), "steps is 0"),
    ])
    func `settings that make no schedule are named`(_ schedule: any LearningRateSchedule, _ fragment: String) throws {
        #expect(try #require(schedule.problem).contains(fragment))
        #expect(try #require(SGD(learningRate: schedule).problem).contains("SGD"))
    }

    @Test(
        arguments: [
            ("constant", [0: 0.1, 50: 0.1]), ("cosine:steps=10", [0: 0.1, 5: 0.05, 10: 0]),
            ("cosine:steps=10,warmup=5,alpha=0.5", [0: 0, 5: 0.1, 15: 0.05]),
            ("exponential:steps=10,rate=0.5", [10: 0.05]), ("exponential:steps=10,rate=0.5,staircase", [9: 0.1]),
            ("inverse-time:steps=10,rate=1", [10: 0.05]), ("polynomial:steps=10,end=0", [5: 0.05]),
            ("polynomial:steps=10,end=0,power=2,cycle", [5: 0.025, 15: 0.00625]), ("restarts:steps=10", [10: 0.1]),
            ("piecewise:10=0.01,20=0.001", [10: 0.1, 11: 0.01, 21: 0.001]), ("one-cycle:steps=10", [2: 0.1]),
            ("exponential:steps=10,rate=0.5,warmup=10", [5: 0.05, 10: 0.1, 20: 0.05]),
        ] as [(String, [Int: Float])])
    func `a text of the command line`(_ text: String, _ rates: [Int: Float]) throws {
        let schedule = try ScheduleText.parse(text, learningRate: 0.1)
        for (step, rate) in rates { #expect(abs(schedule.learningRate(at: step) - rate) < 1e-6, "step \(step)") }
    }

    @Test(arguments: [
        ("sawtooth", "is no schedule"), ("cosine", "steps is missing"), ("cosine:steps=many", "steps is many"),
        ("cosine:steps", "steps is without a value"), ("cosine:steps=5,speed=3", "speed is not known of cosine"),
        ("cosine:steps=0", "decaySteps is 0"), ("piecewise:one=2", "one=2 is no number"), ("piecewise", "0 boundaries"),
        ("exponential:steps=5", "rate is missing"), ("", "is no schedule"),
        ("exponential:steps=5,rate=0.5,staircase=no", "staircase is no, expected the word alone"),
        ("polynomial:steps=5,cycle=0", "cycle is 0, expected the word alone"), ("piecewise:10=nan", "10=nan is no"),
        ("piecewise:10=inf", "10=inf is no"), ("piecewise:10=-0.1", "10=-0.1 is no"),
        ("piecewise:-1=0.1", "-1=0.1 is no"),
    ])
    func `a text that is no schedule says why`(_ text: String, _ fragment: String) {
        let error = #expect(throws: ModelError.self) { try ScheduleText.parse(text, learningRate: 0.1) }
        #expect(error?.description.contains(fragment) == true)
    }
}
