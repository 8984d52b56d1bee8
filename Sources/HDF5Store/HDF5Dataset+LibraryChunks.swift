internal import CHDF5
internal import Memory

extension HDF5Dataset {
    /// Looks at the stored chunks of `rows` before the library decodes them.
    ///
    /// HDF5 1.10.8 takes it for granted that a chunk's filters gave a whole chunk, and copies what lies behind it in
    /// memory when they gave less. The check costs a second read of the stored bytes, from the page cache, in the
    /// slowest way to read. It cannot see through two compressors one over the other, or into a plugin's format.
    func checkStoredChunks(of rows: Range<Int>, retries: inout Int) throws(HDF5Error) {
        guard case .chunked(let extents) = layout, !rows.isEmpty else { return }
        let foreign = filters.filter { !$0.isDecodedHere }
        guard !foreign.isEmpty else { return }
        let elements = extents.reduce(1, *)
        for filter in foreign {
            guard let problem = filter.libraryParameterProblem(elements: elements, elementSize: elementSize) else {
                continue
            }
            throw HDF5Error(
                .damaged, path: file.path, object: name,
                "filter \(filter) has the parameters \(filter.parameters): \(problem)")
        }
        let leavesEdges = try leavesEdgesUnfiltered()
        let grid = ChunkGrid(shape: shape, chunk: extents, limits: shape)
        let band = grid.counts.dropFirst().reduce(1, *)
        var memory = AlignedBuffer(byteCount: chunkBytes)
        for number in (rows.lowerBound / extents[0] * band)..<(((rows.upperBound - 1) / extents[0] + 1) * band) {
            let place = grid.coordinates(of: number)
            var mask: UInt32 = 0
            let count = try readStoredChunk(at: place, into: &memory, filterMask: &mask, retries: &retries)
            guard count > 0 else { continue }
            let isEdge = place.indices.contains { place[$0] + extents[$0] > shape[$0] }
            if leavesEdges, isEdge { mask = .max }
            let stored = unsafe UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory.bytes)[..<count])
            if let problem = unsafe storedProblem(stored, mask: mask, elements: elements) {
                throw HDF5Error(.corrupt, path: file.path, object: name, "chunk at \(place): \(problem)")
            }
        }
    }

    private func storedProblem(_ stored: UnsafeRawBufferPointer, mask: UInt32, elements: Int) -> String? {
        var applied = filters.enumerated().filter { $0.offset >= 32 || mask >> UInt32($0.offset) & 1 == 0 }.map(
            \.element)
        var content = unsafe stored
        while applied.last?.id == HDF5Filter.fletcher32 {
            guard content.count >= 4 else { return "expected a checksum of 4 bytes, found \(content.count) bytes" }
            unsafe content = UnsafeRawBufferPointer(rebasing: content.dropLast(4))
            applied.removeLast()
        }
        guard let last = applied.popLast() else {
            return content.count == chunkBytes
                ? nil : "expected \(chunkBytes) bytes without filters, found \(content.count)"
        }
        // Behind a compressor or a checksum it is not the chunk that was encoded.
        guard applied.allSatisfy({ $0.id == HDF5Filter.shuffle }) else { return nil }
        return unsafe last.libraryStoredProblem(content, elements: elements, elementSize: elementSize)
            .map { "filter \(last): \($0)" }
    }

    // "Do not filter partial edge chunks", an option of the latest format.
    private func leavesEdgesUnfiltered() throws(HDF5Error) -> Bool {
        try HDF5Library.call { () throws(HDF5Error) -> Bool in
            let properties = try HDF5Handle(
                H5Dget_create_plist(handle.id), close: H5Pclose, .readFailed, path: file.path, object: name,
                "its properties")
            var options: UInt32 = 0
            _ = unsafe H5Pget_chunk_opts(properties.id, &options)
            return options != 0
        }
    }
}
