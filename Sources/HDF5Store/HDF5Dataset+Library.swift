internal import CHDF5
internal import Memory

extension HDF5Dataset {
    // Reads rows as they are stored, without conversion, under the library's lock.
    func readThroughLibrary(rows: Range<Int>, into destination: UnsafeMutableRawPointer) throws(HDF5Error) {
        let path = file.path
        try HDF5Library.call { () throws(HDF5Error) in
            try checkStoredChunks(of: rows)
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
            try check(
                unsafe H5Dread(handle.id, type.id, memory, space.id, HDF5Library.defaults, destination), .corrupt,
                path: path, object: name, "reading rows \(rows) failed")
        }
    }

    // Copies one stored chunk and its filter mask; returns 0 for a chunk that was never written.
    func readStoredChunk(
        at coordinates: [Int], into buffer: inout AlignedBuffer, filterMask: inout UInt32
    ) throws(HDF5Error) -> Int {
        let path = file.path
        var place = coordinates.map { hsize_t($0) }
        var mask: UInt32 = 0
        var byteCount: hsize_t = 0
        try HDF5Library.call { () throws(HDF5Error) in
            try check(
                unsafe H5Dget_chunk_storage_size(handle.id, &place, &byteCount), .damaged, path: path, object: name,
                "the chunk at \(coordinates) cannot be found")
            guard byteCount > 0 else { return }
            if Int(byteCount) > buffer.byteCount { buffer = AlignedBuffer(byteCount: Int(byteCount)) }
            try check(
                unsafe H5Dread_chunk(handle.id, HDF5Library.defaults, &place, &mask, buffer.address), .corrupt,
                path: path, object: name, "reading the chunk at \(coordinates) failed")
        }
        filterMask = mask
        return Int(byteCount)
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
