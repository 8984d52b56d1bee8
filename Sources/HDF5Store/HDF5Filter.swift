internal import CHDF5

/// One step of a dataset's filter pipeline.
package struct HDF5Filter: Sendable, Equatable, CustomStringConvertible {
    /// The registered number of the filter.
    package let id: Int

    /// The name: the registered one, else what the file says.
    package let name: String

    /// The filter's parameters in the file ("client data").
    package let parameters: [UInt32]

    package static let deflate = 1
    package static let shuffle = 2
    package static let fletcher32 = 3
    package static let lzf = 32000
    package static let blosc = 32001
    package static let lz4 = 32004
    package static let bitshuffle = 32008
    package static let zstd = 32015

    private static let decodedHere: Set = [deflate, shuffle, fletcher32, lzf, blosc, lz4, bitshuffle, zstd]

    /// Whether chunks with this filter are decoded here, outside the library.
    package var isDecodedHere: Bool { Self.decodedHere.contains(id) }

    /// `deflate`, `blosc (32001)`: predefined filters by name alone.
    package var description: String { id < 4 ? name : "\(name) (\(id))" }

    /// Names from The HDF Group's register of filters.
    private static let registeredNames: [Int: String] = [
        1: "deflate", 2: "shuffle", 3: "fletcher32", 4: "szip", 5: "nbit", 6: "scaleoffset", 305: "lzo", 307: "bzip2",
        32000: "lzf", 32001: "blosc", 32004: "lz4", 32005: "apax", 32006: "cbf", 32008: "bitshuffle", 32010: "spdp",
        32011: "lpc-rice", 32012: "ccsds-123", 32013: "zfp", 32014: "fpzip", 32015: "zstd", 32016: "b3d", 32017: "sz",
        32018: "fcidecomp", 32019: "jpeg", 32021: "delta-rice", 32022: "blosc-vbz", 32023: "granular-bitround",
        32024: "sz3", 32025: "delta-rice", 32026: "blosc2", 32028: "h5z-sperr",
    ]

    // The filters of a dataset's creation properties, in the order of writing. Called inside the library's lock.
    static func pipeline(of properties: hid_t, path: String, object: String) throws(HDF5Error) -> [HDF5Filter] {
        let count = H5Pget_nfilters(properties)
        try check(count, .damaged, path: path, object: object, "its filters cannot be read")
        var filters: [HDF5Filter] = []
        for index in 0..<UInt32(count) {
            var flags: UInt32 = 0
            var configuration: UInt32 = 0
            var parameterCount = 64
            var parameters = [UInt32](repeating: 0, count: parameterCount)
            var nameBytes = [CChar](repeating: 0, count: 256)
            let id = unsafe H5Pget_filter2(
                properties, index, &flags, &parameterCount, &parameters, nameBytes.count, &nameBytes, &configuration)
            try check(id, .damaged, path: path, object: object, "filter \(index) cannot be read")
            let fileName = String(decoding: nameBytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let name = registeredNames[Int(id)] ?? (fileName.isEmpty ? "unregistered filter" : fileName)
            filters.append(
                HDF5Filter(id: Int(id), name: name, parameters: Array(parameters.prefix(parameterCount))))
        }
        return filters
    }

    // Whether the library can decode this filter. Called inside the library's lock.
    var isInLibrary: Bool { H5Zfilter_avail(H5Z_filter_t(id)) > 0 }
}
