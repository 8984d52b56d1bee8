internal import CHDF5
package import Memory

/// What rows of differing lengths a dataset holds, one a row.
package enum HDF5RaggedKind: Sendable, Equatable {
    /// What follows a text that is shorter than its room.
    package enum Padding: Sendable { case zeros, spaces, anythingBehindZero }

    /// Text of up to so many bytes, without what pads it.
    case fixedText(byteCount: Int, Padding)

    /// Text that ends with a zero byte, of any length.
    case variableText

    /// Lists of numbers; `isSwapped` when they are stored in the other byte order.
    case list(ScalarType, isSwapped: Bool)

    /// So many bytes of which the file does not say what they are.
    case opaque(byteCount: Int)
}

extension HDF5Dataset {
    /// Elements of more bytes are refused: they are no rows of a dataset, and memory is taken for them at once.
    private static let mostElementBytes = 256 << 20

    /// What a dataset of strings, lists or opaque elements holds; nil for other types.
    package func raggedKind() throws(HDF5Error) -> HDF5RaggedKind? {
        let path = file.path
        return try HDF5Library.call { () throws(HDF5Error) -> HDF5RaggedKind? in
            let type = try HDF5Handle(
                H5Dget_type(handle.id), close: H5Tclose, .damaged, path: path, object: name, "its type cannot be read")
            let kind = H5Tget_class(type.id)
            guard elementSize > 0, elementSize <= Self.mostElementBytes else { return nil }
            switch kind {
            case H5T_STRING where H5Tis_variable_str(type.id) > 0: return .variableText
            case H5T_STRING:
                let padding = H5Tget_strpad(type.id)
                return .fixedText(
                    byteCount: elementSize,
                    padding == H5T_STR_SPACEPAD
                        ? .spaces : padding == H5T_STR_NULLPAD ? .zeros : .anythingBehindZero)
            case H5T_OPAQUE: return .opaque(byteCount: elementSize)
            case H5T_VLEN:
                let base = try HDF5Handle(
                    H5Tget_super(type.id), close: H5Tclose, .damaged, path: path, object: name, "its elements' type")
                let element = HDF5Type(base.id)
                return element.scalar.map { .list($0, isSwapped: element.isSwapped) }
            default: return nil
            }
        }
    }

    /// Reads rows through the library, under its lock, and gives the bytes of each to `body` in order.
    ///
    /// `kind` is what `raggedKind()` said. Rows are one element each. Numbers of lists are in the stored byte order.
    package func readRagged(
        rows: Range<Int>, _ kind: HDF5RaggedKind, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(HDF5Error) {
        precondition(
            shape.count == 1 && rows.lowerBound >= 0 && rows.upperBound <= rowCount,
            "HDF5Dataset: rows \(rows) of \(name) \(shape)")
        guard !rows.isEmpty else { return }
        switch kind {
        case .fixedText(let size, let padding):
            try unsafe readElements(rows, size) { element in
                var length = size
                switch padding {
                case .anythingBehindZero: length = unsafe element.firstIndex(of: 0) ?? size
                case .zeros: while length > 0, unsafe element[length - 1] == 0 { length -= 1 }
                case .spaces: while length > 0, unsafe element[length - 1] == 0x20 { length -= 1 }
                }
                unsafe body(UnsafeRawBufferPointer(rebasing: element[..<length]))
            }
        case .opaque(let size): try unsafe readElements(rows, size) { unsafe body($0) }
        case .variableText:
            try unsafe readVariable(rows, MemoryLayout<UnsafeMutablePointer<CChar>?>.stride) { element in
                guard let text = unsafe element.load(as: UnsafePointer<CChar>?.self) else {
                    return unsafe body(UnsafeRawBufferPointer(start: nil, count: 0))
                }
                var length = 0
                while unsafe text[length] != 0 { length += 1 }
                unsafe body(UnsafeRawBufferPointer(start: text, count: length))
            }
        case .list(let type, _):
            try unsafe readVariable(rows, MemoryLayout<hvl_t>.stride) { element in
                let list = unsafe element.load(as: hvl_t.self)
                // The library allocated `len` elements, so that their bytes cannot overflow.
                unsafe body(UnsafeRawBufferPointer(start: list.p, count: list.p == nil ? 0 : list.len * type.byteCount))
            }
        }
    }

    /// Reads all rows in a child process, as far as that goes in ten seconds, and throws when that crashed.
    ///
    /// The library does not check all that a file says of its lists: for files that may be damaged.
    package func probeRagged(_ kind: HDF5RaggedKind, step: Int) throws(HDF5Error) {
        try HDF5Library.call { () throws(HDF5Error) in
            try HDF5Probe.check(file.path, object: name, "reading it") {
                var first = 0
                while first < rowCount {
                    let rows = first..<min(rowCount, first + max(1, step))
                    guard (try? unsafe readRagged(rows: rows, kind, { _ in })) != nil else { return }
                    first = rows.upperBound
                }
            }
        }
    }

    private func readElements(
        _ rows: Range<Int>, _ size: Int, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(HDF5Error) {
        // Long elements are read a few at a time.
        let step = max(1, (1 << 22) / size)
        let memory = AlignedBuffer(byteCount: min(step, rows.count) * size)
        var first = rows.lowerBound
        var retries = 0
        while first < rows.upperBound {
            let part = first..<min(rows.upperBound, first + step)
            try unsafe readThroughLibrary(rows: part, into: memory.address, retries: &retries)
            for row in 0..<part.count {
                unsafe body(UnsafeRawBufferPointer(start: memory.address + row * size, count: size))
            }
            first = part.upperBound
        }
    }

    // Elements that the library allocates, and takes back before this returns.
    private func readVariable(
        _ rows: Range<Int>, _ stride: Int, _ body: (UnsafeRawPointer) -> Void
    ) throws(HDF5Error) {
        let path = file.path
        let memory = AlignedBuffer(byteCount: rows.count * stride)
        try HDF5Library.call { () throws(HDF5Error) in
            let type = try HDF5Handle(H5Dget_type(handle.id), close: H5Tclose, .readFailed, path: path, "type")
            var count = [hsize_t(rows.count)]
            let space = try HDF5Handle(
                unsafe H5Screate_simple(1, &count, nil), close: H5Sclose, .readFailed, path: path, "shape")
            defer { _ = unsafe H5Dvlen_reclaim(type.id, space.id, HDF5Library.defaults, memory.address) }
            var retries = 0
            try unsafe readThroughLibrary(rows: rows, into: memory.address, retries: &retries)
            for row in 0..<rows.count { unsafe body(memory.address + row * stride) }
        }
    }
}
