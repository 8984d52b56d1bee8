internal import CHDF5
internal import Files

/// The files beside its own in which a dataset's bytes lie: parts of a virtual dataset, and external files.
///
/// The library reads what it does not find there as the fill value and says nothing. So every part is looked for when
/// the dataset is opened, and every file's stamp is kept, to notice when one changes or goes.
struct DatasetParts {
    /// Those files, each once.
    private(set) var files: [StampedPath] = []

    /// The parts that the library keeps open, each with a chunk cache of its own.
    private(set) var partCount = 0

    /// Decoded bytes of the largest chunk of a part.
    private(set) var largestChunkBytes = 0

    /// Parts up to this many have the usual chunk cache, more of them none: there is no bound on what all would hold.
    static let cachesAtOnce = 16

    /// Virtual datasets whose parts are virtual, and so on: deeper than this is a circle.
    private static let mostLevels = 16

    private let path: String
    private let name: String
    private let mostMappings: Int
    private var source: VirtualSource?

    // The part that was opened last: mappings often take one dataset piece by piece.
    private var last: (file: String, name: String, part: VirtualSource.Part)?
    private var seen: Set<[String]> = []
    private var kept: Set<String> = []

    /// None: of a dataset that is not read.
    init() { (path, name, mostMappings) = ("", "", 0) }

    /// Looks for the parts of a dataset that was just opened. Called inside the library's lock.
    ///
    /// - Parameter mostMappings: a trial looks at the first ones only, and at the first blocks of each that is
    ///   unlimited: thousands of files take their time.
    /// - Throws: `missing` with the name of a file that is not there, `damaged` for a part that is missing in its file
    ///   or too small for what is mapped.
    init(
        _ dataset: Opened, path: String, name: String, mostMappings: Int = .max
    ) throws(HDF5Error) {
        self.mostMappings = mostMappings
        self.path = path
        self.name = name
        let byteCount = dataset.shape.reduce(dataset.elementSize, *)
        try add(dataset.id, dataset.properties.id, byteCount: byteCount, file: dataset.containerPath, level: 0)
        source = nil
        last = nil
        (seen, kept) = ([], [])
    }

    /// How many mappings a virtual dataset has, 0 for others.
    static func mappingCount(of dataset: hid_t, path: String, name: String) throws(HDF5Error) -> Int {
        let properties = try HDF5Handle(
            H5Dget_create_plist(dataset), close: H5Pclose, .damaged, path: path, object: name, "its properties")
        return try mappingCount(properties.id, path: path, name: name)
    }

    private static func mappingCount(_ properties: hid_t, path: String, name: String) throws(HDF5Error) -> Int {
        guard H5Pget_layout(properties) == H5D_VIRTUAL else { return 0 }
        var count = 0
        try check(
            unsafe H5Pget_virtual_count(properties, &count), .damaged, path: path, object: name,
            "its mappings cannot be read")
        return count
    }

    // A dataset that lies in `file`: what it refers to.
    private mutating func add(
        _ dataset: hid_t, _ properties: hid_t, byteCount: Int, file: String, level: Int
    ) throws(HDF5Error) {
        guard level < Self.mostLevels else {
            throw error(.damaged, "its parts are virtual datasets that refer to one another in a circle")
        }
        if H5Pget_external_count(properties) > 0 {
            let segments = try ExternalSegments(properties, file: file, path: path, name: name)
            for segment in try segments.checked(byteCount: byteCount) { keep(segment) }
        }
        let count = try Self.mappingCount(properties, path: path, name: name)
        for index in 0..<min(count, mostMappings) {
            guard let fileName = unsafe HDF5Library.text({ unsafe H5Pget_virtual_filename(properties, index, $0, $1) }),
                let partName = unsafe HDF5Library.text({ unsafe H5Pget_virtual_dsetname(properties, index, $0, $1) })
            else {
                throw error(.damaged, "mapping \(index + 1) of \(count) cannot be read: \(HDF5Library.errorText())")
            }
            let names = [VirtualName(fileName), VirtualName(partName)]
            let place = "mapping \(index + 1) of \(count)"
            if names.contains(where: \.isPattern) {
                // The blocks that there are decide how many rows the library says the dataset has.
                var block = 0
                while block < mostMappings,
                    try addPart(
                        names[0].text(block: block), names[1].text(block: block), of: dataset, file: file, place,
                        mapped: .anything, isRequired: false, level: level)
                { block += 1 }
            } else {
                let space = try HDF5Handle(
                    H5Pget_virtual_srcspace(properties, index), close: H5Sclose, .damaged, path: path, object: name,
                    "its mappings cannot be read")
                _ = try addPart(
                    names[0].text(block: 0), names[1].text(block: 0), of: dataset, file: file, place,
                    mapped: try Self.mapped(space.id, properties, index, path: path, name: name), isRequired: true,
                    level: level)
            }
        }
    }

    // Looks for a part, and for what it refers to itself. Returns whether it is there.
    private mutating func addPart(
        _ fileName: String, _ partName: String, of dataset: hid_t, file: String, _ place: String, mapped: Mapped,
        isRequired: Bool, level: Int
    ) throws(HDF5Error) -> Bool {
        if source?.isFor(fileName, in: file) != true {
            source = try VirtualSource(fileName, of: dataset, in: file, path: path, name: name)
        }
        guard let source else {
            guard isRequired else { return false }
            throw error(
                .missing,
                "\(place) needs the dataset \(partName) of the file \(fileName), and there is no such HDF5 file; put "
                    + "it back where it was (the fill value would be read in its place)")
        }
        let known = last.flatMap { $0.file == source.path && $0.name == partName ? $0.part : nil }
        guard let part = known ?? source.open(partName) else {
            guard isRequired else { return false }
            throw error(
                .damaged,
                "\(place) needs the dataset \(partName) of the file \(source.path), which has no such dataset (the "
                    + "fill value would be read in its place)")
        }
        if let needed = mapped.lacks(in: part.shape) {
            throw error(
                .damaged,
                "\(place) needs \(needed) elements of the dataset \(partName) of the file \(source.path), found "
                    + "\(part.shape) (the fill value would be read in place of the others)")
        }
        last = (source.path, partName, part)
        guard seen.insert([part.path, partName]).inserted else { return true }
        partCount += 1
        largestChunkBytes = max(largestChunkBytes, part.chunkBytes)
        do throws(FileError) { keep(try StampedPath(path: part.path)) } catch { throw HDF5Error(error) }
        try add(part.id, part.properties.id, byteCount: part.byteCount, file: part.path, level: level + 1)
        return true
    }

    private mutating func keep(_ file: StampedPath) {
        if kept.insert(file.path).inserted { files.append(file) }
    }

    /// What a part must have.
    private enum Mapped {
        case anything
        /// The least extents of what is selected.
        case extents([hsize_t])
        /// The elements of a selection of everything.
        case count(hsize_t)

        /// What is needed, when a part of `shape` does not have it.
        func lacks(in shape: [hsize_t]) -> String? {
            switch self {
            case .anything: nil
            case .extents(let extents):
                extents.count == shape.count && zip(extents, shape).contains(where: { $0 > $1 }) ? "\(extents)" : nil
            case .count(let count):
                Double(count) > shape.reduce(1.0, { $0 * Double($1) }) ? "\(count)" : nil
            }
        }
    }

    // `.anything` where the library does not say, or sets no bound.
    private static func mapped(
        _ space: hid_t, _ properties: hid_t, _ index: Int, path: String, name: String
    ) throws(HDF5Error) -> Mapped {
        if H5Sget_select_type(space) == H5S_SEL_ALL {
            let target = try HDF5Handle(
                H5Pget_virtual_vspace(properties, index), close: H5Sclose, .damaged, path: path, object: name,
                "its mappings cannot be read")
            let count = H5Sget_select_npoints(target.id)
            return count > 0 && count < Int.max ? .count(hsize_t(count)) : .anything
        }
        let rank = H5Sget_simple_extent_ndims(space)
        guard rank > 0 else { return .anything }
        var first = [hsize_t](repeating: 0, count: Int(rank))
        var last = first
        guard unsafe H5Sget_select_bounds(space, &first, &last) >= 0,
            last.allSatisfy({ $0 < hsize_t(Int.max) })
        else { return .anything }
        return .extents(last.map { $0 + 1 })
    }

    private func error(_ kind: HDF5Error.Kind, _ message: String) -> HDF5Error {
        HDF5Error(kind, path: path, object: name, message)
    }
}
