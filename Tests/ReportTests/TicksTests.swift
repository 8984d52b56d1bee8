import Memory
import Report
import Testing

@Suite struct TicksTests {
    @Test(arguments: [
        (0.0, 1.0), (0, 0.3), (-1, 1), (0, 7), (1, 20), (0.97, 0.99), (1e-7, 3e-7), (0, 123_456), (-1e9, 3e9),
        (0.1234, 0.1235),
    ]) func `numbers are round, within the scale, evenly apart and not too many`(lower: Double, upper: Double) {
        let scale = Scale(lower, upper)
        let ticks = Ticks.numbers(scale)
        #expect((3...7).contains(ticks.count), "\(ticks)")
        let step = ticks[1].value - ticks[0].value
        for (index, tick) in ticks.enumerated() {
            #expect(scale.fraction(tick.value) > -1e-6 && scale.fraction(tick.value) < 1 + 1e-6)
            #expect(abs(tick.value - ticks[0].value - Double(index) * step) < step * 1e-6)
        }
        #expect(Set(ticks.map(\.label)).count == ticks.count, "\(ticks)")
    }

    @Test func `steps are 1, 2 or 5 times a power of ten`() {
        for (asked, given) in [(0.9, 1.0), (1, 1), (1.01, 2), (2.2, 5), (5.1, 10), (0.03, 0.05), (700, 1000)] {
            #expect(abs(Ticks.roundStep(asked) - given) < given * 1e-9)
        }
        #expect(Ticks.roundStep(0) == 1)
        #expect(Ticks.roundStep(.infinity) == 1)
    }

    @Test(arguments: [1, 2, 3, 5, 17, 20, 1000, 123_456_789]) func `counts are whole`(last: Int) {
        let ticks = Ticks.counts(Scale(0, Double(last)))
        #expect(ticks.allSatisfy { $0.value == $0.value.rounded() })
        #expect((2...7).contains(ticks.count))
        #expect(Set(ticks.map(\.label)).count == ticks.count, "\(ticks)")
    }

    @Test func `labels have the decimals that their step needs`() {
        #expect(Ticks.numbers(Scale(0, 0.1)).map(\.label) == ["0", "0.02", "0.04", "0.06", "0.08", "0.10"])
        #expect(Ticks.numbers(Scale(0, 50_000)).map(\.label) == ["0", "10k", "20k", "30k", "40k", "50k"])
        #expect(Ticks.numbers(Scale(0, 2.5e6)).map(\.label) == ["0", "500k", "1.0M", "1.5M", "2.0M", "2.5M"])
        #expect(Ticks.numbers(Scale(0, 4e-6)).map(\.label) == ["0", "1e-6", "2e-6", "3e-6", "4e-6"])
        #expect(Ticks.shares(Scale(0, 0.01)).map(\.label) == ["0 %", "0.2 %", "0.4 %", "0.6 %", "0.8 %", "1.0 %"])
    }

    @Test func `decades have round marks however many there are`() {
        #expect(
            Ticks.decades(Scale(0.009, 1.1, isLogarithmic: true)).map(\.label) == [
                "0.01", "0.03", "0.1", "0.3", "1",
            ])
        #expect(Ticks.decades(Scale(0.9, 3, isLogarithmic: true)).map(\.label) == ["1", "2"])
        let far = Ticks.decades(Scale(1e-30, 1e30, isLogarithmic: true))
        #expect((3...7).contains(far.count), "\(far)")
    }

    @Test func `bytes have binary units`() {
        let cap = Double(512 << 20)
        #expect(Ticks.bytes(Scale(0, cap)).map(\.label) == ["0 B", "128 MiB", "256 MiB", "384 MiB", "512 MiB"])
        #expect(Ticks.bytes(Scale(0, Double(3 << 29))).map(\.label) == ["0 B", "512 MiB", "1 GiB", "1.5 GiB"])
    }

    @Test(arguments: [
        (0.4, "0.1 s"), (5, "1 s"), (50, "10 s"), (140, "0:30"), (1500, "5 min"), (9000, "0:30 h"), (40_000, "3 h"),
        (800_000, "2 d"),
    ]) func `times have the unit of their length`(longest: Double, first: String) {
        let ticks = Ticks.times(Scale(0, longest))
        #expect(ticks[0].label == "0")
        #expect(ticks[1].label == first, "\(ticks)")
        #expect((3...7).contains(ticks.count))
        #expect(Set(ticks.map(\.label)).count == ticks.count, "\(ticks)")
    }
}
