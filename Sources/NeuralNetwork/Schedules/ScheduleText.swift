/// A schedule as a command line has it: `cosine:steps=1000,warmup=100`.
package enum ScheduleText {
    /// What can be written, for help texts.
    package static let forms = [
        "constant", "cosine:steps=N[,alpha=F]", "restarts:steps=N[,t=F][,m=F][,alpha=F]",
        "exponential:steps=N,rate=F[,staircase]", "inverse-time:steps=N,rate=F[,staircase]",
        "polynomial:steps=N[,end=F][,power=F][,cycle]", "piecewise:N=RATE[,N=RATE…]", "one-cycle:steps=N[,rise=F]",
    ]

    /// The schedule that a text describes.
    ///
    /// - Parameter learningRate: the largest step size.
    /// - Throws: when the text describes none, with what was found in it.
    package static func parse(
        _ text: String, learningRate: Float
    ) throws(ModelError) -> any LearningRateSchedule {
        var words = Words(text)
        let schedule = try schedule(&words, learningRate)
        let rest = words.rest
        guard rest.isEmpty else {
            throw ModelError("\"\(text)\": \(rest.joined(separator: ", ")) is not known of \(words.kind); \(known)")
        }
        if let problem = schedule.problem { throw ModelError("\"\(text)\": \(problem)") }
        return schedule
    }

    private static var known: String { "known are \(forms.joined(separator: ", ")), each with ,warmup=N" }

    private static func schedule(
        _ words: inout Words, _ rate: Float
    ) throws(ModelError) -> any LearningRateSchedule {
        let warmup = try words.integer("warmup", default: 0)
        let main: any LearningRateSchedule
        switch words.kind {
        case "constant": main = rate
        case "cosine":
            let (steps, alpha) = (try words.integer("steps"), try words.float("alpha", default: 0))
            // Keras's own warm-up, so that files can hold it.
            guard warmup > 0 else { return CosineDecay(rate, decaySteps: steps, alpha: alpha) }
            return CosineDecay(0, decaySteps: steps, alpha: alpha, warmupTarget: rate, warmupSteps: warmup)
        case "restarts":
            main = CosineDecayRestarts(
                rate, firstDecaySteps: try words.integer("steps"), tMul: try words.float("t", default: 2),
                mMul: try words.float("m", default: 1), alpha: try words.float("alpha", default: 0))
        case "exponential":
            main = ExponentialDecay(
                rate, decaySteps: try words.integer("steps"), decayRate: try words.float("rate"),
                staircase: try words.flag("staircase"))
        case "inverse-time":
            main = InverseTimeDecay(
                rate, decaySteps: try words.integer("steps"), decayRate: try words.float("rate"),
                staircase: try words.flag("staircase"))
        case "polynomial":
            main = PolynomialDecay(
                rate, decaySteps: try words.integer("steps"), endLearningRate: try words.float("end", default: 1e-4),
                power: try words.float("power", default: 1), cycle: try words.flag("cycle"))
        case "piecewise":
            let pairs = try words.pairs()
            main = PiecewiseConstantDecay(boundaries: pairs.map(\.step), values: [rate] + pairs.map(\.rate))
        case "one-cycle":
            main = OneCycle(
                rate, steps: try words.integer("steps"), warmupShare: try words.float("rise", default: 0.3))
        default: throw ModelError("\"\(words.text)\" is no schedule; \(known)")
        }
        return warmup > 0 ? LinearWarmup(to: main, warmupSteps: warmup) : main
    }
}

/// The words of a text `kind:key=value,flag`.
private struct Words {
    let text: String
    let kind: String
    private var items: [(key: String, value: String?)]

    init(_ text: String) {
        self.text = text
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        kind = String(parts[0])
        items = (parts.count > 1 ? parts[1].split(separator: ",") : []).map { item in
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(pair[0]), pair.count > 1 ? String(pair[1]) : nil)
        }
    }

    /// What was not asked for.
    var rest: [String] { items.map(\.key) }

    private mutating func take(_ key: String) -> String?? {
        guard let index = items.firstIndex(where: { $0.key == key }) else { return nil }
        return .some(items.remove(at: index).value)
    }

    private func wrong(_ key: String, _ found: String??, _ expected: String) -> ModelError {
        ModelError("\"\(text)\": \(key) is \(found.map { $0 ?? "without a value" } ?? "missing"), expected \(expected)")
    }

    mutating func integer(_ key: String, default fallback: Int? = nil) throws(ModelError) -> Int {
        let found = take(key)
        if found == nil, let fallback { return fallback }
        guard let number = found?.flatMap(Int.init), number >= 0 else {
            throw wrong(key, found, "a number of updates")
        }
        return number
    }

    mutating func float(_ key: String, default fallback: Float? = nil) throws(ModelError) -> Float {
        let found = take(key)
        if found == nil, let fallback { return fallback }
        guard let number = found?.flatMap(Float.init), number.isFinite else { throw wrong(key, found, "a number") }
        return number
    }

    mutating func flag(_ key: String) throws(ModelError) -> Bool {
        let found = take(key)
        if let value = found, value != nil { throw wrong(key, found, "the word alone") }
        return found != nil
    }

    /// All that is left, as steps with step sizes.
    mutating func pairs() throws(ModelError) -> [(step: Int, rate: Float)] {
        var result: [(step: Int, rate: Float)] = []
        for (key, value) in items {
            guard let step = Int(key), step >= 0, let rate = value.flatMap(Float.init), rate >= 0, rate.isFinite else {
                let found = value.map { "\(key)=\($0)" } ?? key
                throw ModelError("\"\(text)\": \(found) is no number of updates with a step size, expected 1000=0.01")
            }
            result.append((step, rate))
        }
        items = []
        return result
    }
}
