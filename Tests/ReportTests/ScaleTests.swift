import Report
import Testing

@Suite struct ScaleTests {
    @Test func `the ends are 0 and 1, and what lies between is in proportion`() {
        let scale = Scale(-2, 6)
        #expect(scale.fraction(-2) == 0)
        #expect(scale.fraction(6) == 1)
        #expect(scale.fraction(0) == 0.25)
    }

    @Test func `a logarithmic scale gives every decade the same room`() {
        let scale = Scale(0.01, 100, isLogarithmic: true)
        for (value, fraction) in [(0.01, 0.0), (0.1, 0.25), (1, 0.5), (10, 0.75), (100, 1)] {
            #expect(abs(scale.fraction(value) - fraction) < 1e-12)
        }
        // What has no logarithm lies at the lower end.
        #expect(scale.fraction(0) == 0)
        #expect(scale.fraction(-1) == 0)
    }

    @Test(arguments: [0.0, 3, -3, 1e-30, -1e30]) func `a scale of one number has it in the middle`(value: Double) {
        let scale = Scale(value, value)
        #expect(scale.lower < scale.upper)
        #expect(abs(scale.fraction(value) - 0.5) < 1e-9)
    }

    @Test func `only positive numbers that span two decades are drawn by their logarithm`() {
        #expect(Scale.spansDecades(0.01, 1))
        #expect(!Scale.spansDecades(0.011, 1))
        #expect(!Scale.spansDecades(0, 1))
        #expect(!Scale.spansDecades(-1, 1000))
    }
}
