import Memory

/// The values of a whole batch while its parts are run stage by stage, in memory that plans read.
package final class WholeBatchValues {
    private let exchanges: [StagedStep.Exchange]
    /// Sums over the parts so far: for moments number of elements, mean, and squares of distances from it.
    private var sums: [[Double]]
    /// What plans read, a tensor after the other from multiples of a cache line on.
    private let buffer: AlignedBuffer
    private let offsets: [[Int]]

    package init(_ exchanges: [StagedStep.Exchange]) {
        self.exchanges = exchanges
        sums = exchanges.map { Array(repeating: 0, count: $0.elements.reduce(0, +)) }
        var bytes = 0
        offsets = exchanges.map { exchange in
            exchange.elements.map { count in
                defer { bytes += (count * 4 + 63) / 64 * 64 }
                return bytes
            }
        }
        buffer = AlignedBuffer(byteCount: max(64, bytes))
    }

    /// Whether these are the values of a step's parts.
    package func fits(_ exchanges: [StagedStep.Exchange]) -> Bool { self.exchanges == exchanges }

    /// Names the memory of the values to a plan.
    package func bind(to plan: Plan) {
        for (number, offsets) in offsets.enumerated() {
            for (index, offset) in offsets.enumerated() {
                plan.setInput(StagedStep.Exchange.combined(number, index), to: buffer.address + offset)
            }
        }
    }

    /// Begins a stage anew.
    package func begin(stage: Int) {
        for (number, exchange) in exchanges.enumerated() where exchange.stage == stage {
            for place in sums[number].indices { sums[number][place] = 0 }
        }
    }

    /// Takes what a part told in the last run of a stage's plan.
    package func add(stage: Int, _ plan: Plan) {
        for (number, exchange) in exchanges.enumerated() where exchange.stage == stage {
            switch exchange.combination {
            case .sum:
                var place = 0
                for (index, count) in exchange.elements.enumerated() {
                    let told = plan.output(StagedStep.Exchange.told(number, index))
                    for element in 0..<count { sums[number][place + element] += Double(told[element]) }
                    place += count
                }
            case .moments:
                let told = (0..<3).map { plan.output(StagedStep.Exchange.told(number, $0)) }
                let channels = exchange.elements[0]
                for channel in 0..<channels {
                    add(
                        (Double(told[0][channel]), Double(told[1][channel]), Double(told[2][channel])), number, channel,
                        channels)
                }
            }
        }
    }

    // Chan, Golub and LeVeque's update of mean and squares of distances.
    private func add(
        _ part: (count: Double, mean: Double, variance: Double), _ number: Int, _ channel: Int, _ channels: Int
    ) {
        guard part.count > 0 else { return }
        let (old, mean) = (sums[number][channel], sums[number][channels + channel])
        let (count, distance) = (old + part.count, part.mean - mean)
        sums[number][channel] = count
        sums[number][channels + channel] = mean + distance * part.count / count
        sums[number][2 * channels + channel] +=
            part.variance * part.count + distance * distance * old * part.count / count
    }

    /// Makes the values of a stage known to plans.
    package func finish(stage: Int) {
        for (number, exchange) in exchanges.enumerated() where exchange.stage == stage {
            var place = 0
            for (index, count) in exchange.elements.enumerated() {
                let floats = buffer.floats.baseAddress! + offsets[number][index] / 4
                for element in 0..<count {
                    var value = sums[number][place + element]
                    if exchange.combination == .moments, index == 2 { value /= max(1, sums[number][element]) }
                    floats[element] = Float(value)
                }
                place += count
            }
        }
    }
}
