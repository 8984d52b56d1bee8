/// A first-in, first-out queue that allocates only while it grows.
struct RingQueue<Element> {
    private var storage: [Element?] = Array(repeating: nil, count: 8)
    private var head = 0
    private(set) var count = 0

    /// The oldest element.
    var first: Element? { count == 0 ? nil : storage[head] }

    /// Adds an element at the end.
    mutating func append(_ element: Element) {
        if count == storage.count {
            var larger = (0..<count).map { storage[(head + $0) & (storage.count - 1)] }
            larger += Array(repeating: nil, count: count)
            storage = larger
            head = 0
        }
        storage[(head + count) & (storage.count - 1)] = element
        count += 1
    }

    /// Removes the oldest element.
    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        defer {
            storage[head] = nil
            head = (head + 1) & (storage.count - 1)
            count -= 1
        }
        return storage[head]
    }
}
