import DataSource

/// Eight rows of 1 with the target 2.
enum ArraySourceOfOnes {
    static func make() -> ArraySource {
        ArraySource(
            x: [Float](repeating: 1, count: 8), shape: [1], y: [Float](repeating: 2, count: 8), targetShape: [1])
    }
}
