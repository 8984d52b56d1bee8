internal import CHDF5
internal import Files
internal import Memory

extension HDF5Dataset {
    // Reads rows as they are stored, without conversion, under the library's lock.
    func readThroughLibrary(
        rows: Range<Int>, into destination: UnsafeMutableRawPointer, retries: inout Int
    ) throws(HDF5Error) {
        let path = file.path
        // Not under the lock as a whole: what is tried again waits in between.
        try checkStoredChunks(of: rows, retries: &retries)
        try tryReading("reading rows \(rows) failed", retries: &retries) { () throws(HDF5Error) in
            let type = try HDF5Handle(H5Dget_type(handle.id), close: H5Tclose, .readFailed, path: path, "type")
            let space = try HDF5Handle(H5Dget_space(handle.id), close: H5Sclose, .readFailed, path: path, "shape")
            var memory: hid_t = HDF5Library.all
            defer { if memory > 0 { H5Sclose(memory) } }
            if !shape.isEmpty {
                var start = shape.map { _ in hsize_t(0) }
                var count = shape.map { hsize_t($0) }
                start[0] = hsize_t(rows.lowerBound)
                count[0] = hsize_t(rows.count)
                try check(
                    unsafe H5Sselect_hyperslab(space.id, H5S_SELECT_SET, &start, nil, &count, nil), .readFailed,
                    path: path, object: name, "selecting rows \(rows)")
                memory = unsafe H5Screate_simple(Int32(count.count), &count, nil)
            }
            return HDF5Library.failure(
                unsafe H5Dread(handle.id, type.id, memory, space.id, HDF5Library.defaults, destination))
        }
    }

    // Copies one stored chunk and its filter mask; returns 0 for a chunk that was never written.
    func readStoredChunk(
        at coordinates: [Int], into buffer: inout AlignedBuffer, filterMask: inout UInt32, retries: inout Int
    ) throws(HDF5Error) -> Int {
        var place = coordinates.map { hsize_t($0) }
        var mask: UInt32 = 0
        var byteCount: hsize_t = 0
        try tryReading("the chunk at \(coordinates) cannot be found", retries: &retries) { () throws(HDF5Error) in
            HDF5Library.failure(unsafe H5Dget_chunk_storage_size(handle.id, &place, &byteCount))
        }
        guard byteCount > 0 else { return 0 }
        try checkStoredSize(Int(clamping: byteCount), at: coordinates)
        if Int(byteCount) > buffer.byteCount { buffer = AlignedBuffer(byteCount: Int(byteCount)) }
        let memory = unsafe buffer.address
        try tryReading("reading the chunk at \(coordinates) failed", retries: &retries) { () throws(HDF5Error) in
            HDF5Library.failure(unsafe H5Dread_chunk(handle.id, HDF5Library.defaults, &place, &mask, memory))
        }
        filterMask = mask
        return Int(byteCount)
    }

    /// The most bytes of a stored chunk: a filter that cannot make its input smaller adds little to it.
    package var storedChunkLimit: Int { chunkBytes + chunkBytes / 4 + 4096 }

    /// Throws `corrupt` for a stored size that no filter makes of a chunk, before memory is taken for it.
    func checkStoredSize(_ byteCount: Int, at coordinates: [Int]) throws(HDF5Error) {
        guard byteCount > storedChunkLimit else { return }
        throw HDF5Error(
            .corrupt, path: file.path, object: name,
            "chunk at \(coordinates): expected at most \(storedChunkLimit) stored bytes of a chunk of \(chunkBytes), "
                + "found \(byteCount)")
    }

    // Runs what reads stored bytes through the library. What the system fails to read is tried again as `FileBytes`
    // does, then an error of its own kind; without an error of the system the bytes are corrupt.
    private func tryReading(
        _ doing: String, retries: inout Int, _ body: () throws(HDF5Error) -> HDF5Library.Failure?
    ) throws(HDF5Error) {
        var failures = 0
        while true {
            guard let failure = try HDF5Library.call(body) else { return }
            guard let code = failure.systemError else {
                throw HDF5Error(.corrupt, path: file.path, object: name, "\(doing): \(failure.text)")
            }
            failures += 1
            guard FileBytes.mayPass(code, failures: failures) else {
                let tried = failures == 1 ? "" : ", tried \(failures) times"
                throw HDF5Error(.readFailed, path: file.path, object: name, "\(doing): \(failure.text)\(tried)")
            }
            retries += 1
            bytes.pause(failures: failures)
        }
    }

    /// Has the library look for the chunks that it will be asked for, the first 100,000 at most: in a trial.
    func findChunksThroughLibrary() {
        guard case .chunked(let extents) = layout else { return }
        if case .chunks = storage { return }
        var place = shape.map { _ in hsize_t(0) }
        for _ in 0..<min(chunkCount, 100_000) {
            var byteCount: hsize_t = 0
            _ = try? HDF5Library.call { unsafe H5Dget_chunk_storage_size(handle.id, &place, &byteCount) }
            for axis in place.indices.reversed() {
                place[axis] += hsize_t(extents[axis])
                if place[axis] < hsize_t(shape[axis]) { break }
                place[axis] = 0
            }
        }
    }
}
