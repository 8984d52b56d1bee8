internal import Codecs

extension HDF5Filter {
    /// What the parameters of a bitshuffle filter describe, or nil when they make no sense.
    ///
    /// Parameters: two of the version, the element size, elements of a block (0: the default), the compression of blocks
    /// and its level. See `bshuf_h5_set_local` in the bitshuffle project's `bshuf_h5filter.c`.
    var bitShuffle: BitShuffle? {
        guard parameters.count > 2 else { return nil }
        let elementSize = Int(parameters[2])
        let blockElements = parameters.count > 3 ? Int(parameters[3]) : 0
        let compression = BitShuffle.Compression(rawValue: parameters.count > 4 ? parameters[4] : 0)
        // The framing holds a block's bytes in 32 bits.
        guard elementSize > 0, elementSize <= Int(UInt32.max) / max(128, blockElements), blockElements % 8 == 0,
            let compression
        else { return nil }
        return BitShuffle(elementSize: elementSize, blockElements: blockElements, compression: compression)
    }

    /// What is wrong with the parameters of a filter that is decoded here, or nil.
    var parameterProblem: String? {
        switch id {
        case Self.shuffle where parameters.first == 0:
            return "expected an element size above 0"
        case Self.bitshuffle where bitShuffle == nil:
            return "expected an element size above 0 in the third place, elements of a block, a multiple of 8, in the"
                + " fourth, and no compression (0), lz4 (2) or zstd (3) in the fifth"
        case Self.blosc where parameters.count > 6:
            let number = Int(parameters[6])
            guard let codec = Blosc.codec(number: number) else {
                return "expected a codec from 0 to 5 in the seventh place, found \(number)"
            }
            return codec.isAvailable ? nil : "this Blosc library was built without the codec \(codec.name)"
        default: return nil
        }
    }

    /// Says that the parameters of this filter make no sense, when that is so.
    func checkParameters(path: String, object: String) throws(HDF5Error) {
        guard let problem = parameterProblem else { return }
        throw HDF5Error(
            .unsupported, path: path, object: object,
            "filter \(name) (id \(id)) has the parameters \(parameters): \(problem)")
    }

    /// What a user can do about a filter that neither Millrace nor the HDF5 library undoes.
    var unsupportedMessage: String {
        "filter \(name) (id \(id)) is not supported: Millrace does not decode it, and this HDF5 library has no plugin for"
            + " it; name the folder of its plugin in HDF5_PLUGIN_PATH, or rewrite the file with gzip where the plugin"
            + " is, for example by h5repack -f GZIP=4"
    }
}
