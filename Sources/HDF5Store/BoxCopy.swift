/// Copies the part of a chunk that lies inside the data to rows in memory.
///
/// Both sides are row-major. The chunk's own extents are its row stride, also where it hangs over the data's edge.
struct BoxCopy {
    /// Extents of a chunk and of a row block, without the first axis.
    private let chunk: [Int]
    private let data: [Int]
    private let elementSize: Int
    private var counter: [Int]

    init(chunk: [Int], data: [Int], elementSize: Int) {
        self.chunk = Array(chunk.dropFirst())
        self.data = Array(data.dropFirst())
        self.elementSize = elementSize
        counter = [Int](repeating: 0, count: max(0, chunk.count - 1))
    }

    /// Copies `rowCount` rows: row `chunkRow` of the chunk goes to row `dataRow` of the destination. `origin` is where
    /// the chunk starts on the axes behind the first.
    mutating func copy(
        from source: UnsafeRawPointer, chunkRow: Int, to destination: UnsafeMutableRawPointer, dataRow: Int,
        rowCount: Int, origin: [Int]
    ) {
        let rank = chunk.count
        let last = rank - 1
        let run = min(chunk[last], data[last] - origin[last]) * elementSize
        let chunkRowBytes = chunk.reduce(elementSize, *)
        let dataRowBytes = data.reduce(elementSize, *)
        for row in 0..<rowCount {
            let from = unsafe source + (chunkRow + row) * chunkRowBytes
            let to = unsafe destination + (dataRow + row) * dataRowBytes
            for axis in 0..<rank { counter[axis] = 0 }
            // An odometer over the axes between the first and the last.
            while true {
                var sourceIndex = 0
                var dataIndex = 0
                for axis in 0..<last {
                    sourceIndex = sourceIndex * chunk[axis] + counter[axis]
                    dataIndex = dataIndex * data[axis] + origin[axis] + counter[axis]
                }
                unsafe (to + (dataIndex * data[last] + origin[last]) * elementSize).copyMemory(
                    from: from + sourceIndex * chunk[last] * elementSize, byteCount: run)
                var axis = last - 1
                while axis >= 0 {
                    counter[axis] += 1
                    if counter[axis] < min(chunk[axis], data[axis] - origin[axis]) { break }
                    counter[axis] = 0
                    axis -= 1
                }
                if axis < 0 { break }
            }
        }
    }
}
