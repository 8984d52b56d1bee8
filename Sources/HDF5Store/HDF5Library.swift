// HDF5Store: HDF5 files as rows: what is in them, where their chunks lie, how to decode those, and how to write.
//
// The only importer of `CHDF5`. May import `Codecs`, `Memory` and `Workers`. libhdf5 is not thread-safe: every call of
// it runs inside `HDF5Library.call`, one global lock. The data path asks the library once where the chunks are, then
// reads and decodes them without it (`HDF5RowReader`). Block sizes, cache bounds and worker counts are set above.
//
// C functions used. Files: H5Fclose, H5Fcreate, H5Fflush, H5Fget_create_plist, H5Fget_mdc_config,
// H5Fget_name, H5Fis_hdf5, H5Fopen, H5Fset_mdc_config. Identifiers: H5Iget_file_id. Properties: H5Pclose, H5Pcreate,
// H5Pget_chunk, H5Pget_chunk_opts, H5Pfill_value_defined, H5Pget_external, H5Pget_external_count, H5Pget_fill_value,
// H5Pget_filter2, H5Pget_layout, H5Pget_nfilters, H5Pget_sizes, H5Pget_userblock, H5Pget_virtual_count,
// H5Pget_virtual_dsetname, H5Pget_virtual_filename, H5Pget_virtual_srcspace, H5Pget_virtual_vspace, H5Pset_chunk, H5Pset_chunk_cache,
// H5Pset_deflate, H5Pset_file_locking, H5Pset_obj_track_times, H5Pset_shuffle. Filters:
// H5Zfilter_avail. Groups and links: H5Gclose, H5Gcreate2, H5Gopen2, H5Lexists, H5Literate.
// Objects: H5Oclose, H5Oexists_by_name, H5Oget_info, H5Oopen. Datasets: H5Dclose, H5Dcreate2, H5Dflush,
// H5Dget_chunk_storage_size, H5Dget_create_plist, H5Dget_offset, H5Dget_space, H5Dget_storage_size, H5Dget_type,
// H5Dopen2, H5Dread, H5Dread_chunk, H5Dset_extent, H5Dvlen_reclaim, H5Dwrite, H5Dwrite_chunk. Spaces: H5Sclose,
// H5Screate, H5Screate_simple, H5Sget_select_bounds, H5Sget_select_npoints, H5Sget_select_type, H5Sget_simple_extent_dims, H5Sget_simple_extent_ndims,
// H5Sget_simple_extent_npoints, H5Sselect_hyperslab. Types: H5Tclose, H5Tcopy, H5Tenum_create, H5Tenum_insert,
// H5Tget_class, H5Tget_ebias, H5Tget_fields, H5Tget_member_name, H5Tget_member_value, H5Tget_nmembers, H5Tget_norm,
// H5Tget_order, H5Tget_precision, H5Tget_sign, H5Tget_size, H5Tget_strpad, H5Tget_super, H5Tis_variable_str,
// H5Tset_cset, H5Tset_ebias, H5Tset_fields, H5Tset_size, H5Tvlen_create. Attributes: H5Aclose, H5Acreate2, H5Aexists,
// H5Aget_space, H5Aget_type, H5Aopen, H5Aread, H5Awrite. Errors: H5Eset_auto2, H5Ewalk2. Memory: H5free_memory,
// H5set_free_list_limits.

internal import CHDF5
internal import Workers

/// The one way into libhdf5.
enum HDF5Library {
    private static let lock = RecursiveLock()

    /// Default property list and "everything" data space: the C macros are casts of 0.
    static let defaults: hid_t = 0
    static let all: hid_t = 0

    /// The library's cache of decoded chunks of a dataset: its own default, said so that it is sure. Slots are a prime.
    static let chunkCacheBytes = 1 << 20
    static let chunkCacheSlots = 521

    /// Runs `body` alone in the library.
    static func call<Result: ~Copyable>(_ body: () throws(HDF5Error) -> Result) throws(HDF5Error) -> Result {
        try lock.withLock { () throws(HDF5Error) -> Result in
            _ = keepsLittle
            // The library prints its error stack by default; a thread-safe build keeps one setting per thread.
            _ = H5Eset_auto2(0, nil, nil)
            return try body()
        }
    }

    // The library keeps what it frees for later, up to 16 MiB of blocks alone: here a little.
    private static let keepsLittle: Void = {
        let (all, list) = (Int32(256 << 10), Int32(64 << 10))
        _ = H5set_free_list_limits(all, list, all, list, all, list)
    }()

    /// Bounds what the library keeps of a file's metadata.
    ///
    /// By itself it begins with 2 MiB and grows to 32: a file of many chunks would hold the more memory the larger it
    /// is, for an index that is read once. It counts the bytes of a node in the file; decoded, one of chunks takes
    /// seven times as many (17.7 KiB for 2.6).
    static func boundMetadata(of file: hid_t) {
        var bound = H5AC_cache_config_t()
        bound.version = H5AC__CURR_CACHE_CONFIG_VERSION
        guard unsafe H5Fget_mdc_config(file, &bound) >= 0 else { return }
        bound.set_initial_size = true
        (bound.initial_size, bound.min_size, bound.max_size) = (64 << 10, 64 << 10, 64 << 10)
        bound.incr_mode = H5C_incr__off
        bound.flash_incr_mode = H5C_flash_incr__off
        bound.decr_mode = H5C_decr__off
        _ = unsafe H5Fset_mdc_config(file, &bound)
    }

    /// A text that the library copies out in two calls, for its length and for its bytes; nil when it fails.
    static func text(_ copy: (UnsafeMutablePointer<CChar>?, Int) -> Int) -> String? {
        let length = copy(nil, 0)
        guard length >= 0 else { return nil }
        var bytes = [CChar](repeating: 0, count: length + 1)
        let status = unsafe bytes.withUnsafeMutableBufferPointer { unsafe copy($0.baseAddress, $0.count) }
        guard status >= 0 else { return nil }
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The name under which the library opened a file.
    static func path(of file: hid_t) -> String? { unsafe text { unsafe H5Fget_name(file, $0, $1) } }

    /// Makes the lock free again in a child process, in which no thread holds it.
    static func resetLockInChild() { lock.reset() }

    /// Runs `body`, which cannot fail, alone in the library: for closing handles.
    static func release(_ body: () -> Void) {
        lock.withLock { body() }
    }

    /// What the error stack says of a call that failed.
    struct Failure {
        /// The innermost entry, which names the cause.
        var text: String

        /// The number of the system's error behind it, where there was one.
        var systemError: Int32?
    }

    /// The innermost entry of the error stack.
    static func errorText() -> String { failure().text }

    /// What went wrong when a call returned `status`, nil for nothing. Ask while all handles are open: closing one
    /// begins a new stack.
    static func failure(_ status: herr_t) -> Failure? { status < 0 ? failure() : nil }

    /// What went wrong in the call before. Ask at once: the next call begins a new stack.
    static func failure() -> Failure {
        var entries: [String] = []
        unsafe withUnsafeMutablePointer(to: &entries) { list in
            _ = unsafe H5Ewalk2(
                0, H5E_WALK_UPWARD,
                { _, entry, context in
                    guard let entry = unsafe entry, let context = unsafe context,
                        let text = unsafe entry.pointee.desc
                    else { return 0 }
                    unsafe context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: text))
                    return 0
                }, list)
        }
        return Failure(
            text: entries.first.map(withoutAddresses) ?? "unknown error",
            systemError: entries.compactMap { systemError(in: $0) }.first)
    }

    // `…, errno = 5, error message = 'Input/output error', …`
    private static func systemError(in text: String) -> Int32? {
        guard let start = text.ranges(of: "errno = ").first?.upperBound else { return nil }
        return Int32(text[start...].prefix { $0.isNumber })
    }

    // `file write failed: No space left on device`: a failed system call comes with times, addresses and descriptors,
    // of which a user needs none, and which differ from run to run.
    private static func withoutAddresses(_ text: String) -> String {
        let mark = "error message = '"
        guard let detail = text.ranges(of: ": time = ").first, let start = text.ranges(of: mark).first?.upperBound,
            let end = text[start...].firstIndex(of: "'")
        else { return text }
        return "\(text[..<detail.lowerBound]): \(text[start..<end])"
    }
}

/// An identifier of the library, closed with its owner.
struct HDF5Handle: ~Copyable, Sendable {
    let id: hid_t
    private let close: @Sendable (hid_t) -> herr_t

    /// Takes over `id`; a negative one is the library's way to fail, and becomes an error of `kind` about `object`.
    init(
        _ id: hid_t, close: @escaping @Sendable (hid_t) -> herr_t, _ kind: HDF5Error.Kind, path: String,
        object: String? = nil, _ doing: String
    ) throws(HDF5Error) {
        guard id >= 0 else {
            throw HDF5Error(kind, path: path, object: object, "\(doing): \(HDF5Library.errorText())")
        }
        self.id = id
        self.close = close
    }

    deinit {
        let (id, close) = (id, close)
        HDF5Library.release { _ = close(id) }
    }
}

/// Turns a negative status into an error.
func check(
    _ status: some SignedInteger, _ kind: HDF5Error.Kind, path: String, object: String? = nil, _ doing: String
) throws(HDF5Error) {
    guard status >= 0 else {
        throw HDF5Error(kind, path: path, object: object, "\(doing): \(HDF5Library.errorText())")
    }
}
