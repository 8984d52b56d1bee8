/// The classes of a label column: strings, numbered in the order of their bytes.
struct CSVClasses: Sendable {
    let names: [[UInt8]]
    /// Numbers by the hash of the name; several where hashes collide.
    private let numbers: [UInt64: [Int]]

    init(_ names: Set<[UInt8]>) {
        self.names = names.sorted { $0.lexicographicallyPrecedes($1) }
        var numbers: [UInt64: [Int]] = [:]
        for (number, name) in self.names.enumerated() {
            let hash = name.withUnsafeBufferPointer { Self.hash($0) }
            numbers[hash, default: []].append(number)
        }
        self.numbers = numbers
    }

    /// The number of a name; nil for one that was not there.
    func number(of text: UnsafeBufferPointer<UInt8>) -> Int? {
        numbers[Self.hash(text)]?.first { names[$0].elementsEqual(text) }
    }

    // FNV-1a: collisions cost time, not correctness.
    private static func hash(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
        text.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
