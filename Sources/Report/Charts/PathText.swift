/// Paths in the coordinates of a chart's inner drawing: 0 to 10000 each way, y downwards. Whole numbers are as fine as
/// a screen needs, and short.
struct PathText {
    static let extent = 10_000.0
    private(set) var text = ""
    private var isOpen = false

    private static func coordinate(_ fraction: Double) -> Int {
        // Far outside is outside enough.
        Int((max(-2, min(3, fraction)) * extent).rounded())
    }

    /// Draws on to a point, given as fractions of the axes, or begins there after `lift`.
    mutating func add(_ x: Double, _ y: Double) {
        let separator = isOpen ? "L" : "M"
        text += "\(separator)\(Self.coordinate(x)) \(Self.coordinate(1 - y))"
        isOpen = true
    }

    /// The next point begins a line of its own.
    mutating func lift() { isOpen = false }

    /// Joins the line to its beginning.
    mutating func close() {
        if isOpen { text += "Z" }
        isOpen = false
    }

    /// A dot: a line of no length with round ends.
    mutating func dot(_ x: Double, _ y: Double) {
        lift()
        add(x, y)
        text += "h0"
        lift()
    }
}
