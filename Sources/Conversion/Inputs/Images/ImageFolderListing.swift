internal import Codecs
internal import DataSource
internal import Glibc

/// The images below a folder, in their order: class by class, in each the directories by their path, in each of those the
/// files by their name (by bytes, as Keras's `image_dataset_from_directory` sorts).
struct ImageFolderListing: Sendable {
    /// A directory that has images of its own.
    struct Directory: Sendable {
        var path: FolderPath
        /// The number of its class; 0 in a folder without classes.
        var label: Int
        /// Its images among all.
        var files: Range<Int>
    }

    static let extensions: Set<String> = ["jpg", "jpeg", "jpe", "jfif", "png"]

    private let names = NameList()

    /// Bytes of each file; -1 for a link that leads nowhere, which stays in the list to become a rejected row.
    private(set) var sizes: [Int] = []
    private(set) var directories: [Directory] = []

    /// The names of the sub-folders; empty for a folder without any.
    private(set) var classNames: [String] = []

    /// Files that are no images, by extension in lower case.
    private(set) var ignored: [String: Int] = [:]

    /// What changes with the paths, sizes and times of the files.
    private(set) var hash = DataHash()

    /// What changes with the names and sizes of what is in the folder, wherever it lies.
    private(set) var contentHash = DataHash()
    private let rootLength: Int

    var count: Int { names.count }
    var byteCount: Int { sizes.reduce(0) { $0 + max($1, 0) } }

    /// Lists a folder. Hidden files and folders are left out, links are followed.
    init(root: String) throws(DataError) {
        let top = try FolderReading(FolderPath(root))
        rootLength = top.path.characters.count
        if top.folders.count == 0 {
            try add(top, label: 0)
        } else {
            for index in 0..<top.files.count { ignore(top.files[index]) }
            for label in 0..<top.folders.count {
                var found: [FolderReading] = []
                try FolderReading.walk(top.path.appending(top.folders[label]), into: &found)
                found.sort { FolderPath.precedes($0.path, $1.path) }
                for folder in found { try add(folder, label: label) }
                classNames.append(top.folders.text(label))
            }
        }
        hash.add(UInt64(count))
        contentHash.add(UInt64(count))
    }

    /// How many images each class has.
    var classCounts: [Int] {
        var counts = [Int](repeating: 0, count: classNames.count)
        for directory in directories where directory.label < counts.count {
            counts[directory.label] += directory.files.count
        }
        return counts
    }

    /// The directory of an image.
    func directory(of file: Int) -> Directory {
        var range = 0..<directories.count
        while range.count > 1 {
            let middle = (range.lowerBound + range.upperBound) / 2
            if directories[middle].files.lowerBound <= file {
                range = middle..<range.upperBound
            } else {
                range = range.lowerBound..<middle
            }
        }
        return directories[range.lowerBound]
    }

    /// The path of an image in its directory.
    func path(of file: Int, in directory: Directory) -> FolderPath { directory.path.appending(names[file]) }

    private mutating func add(_ folder: FolderReading, label: Int) throws(DataError) {
        let first = count
        let descriptor = open(folder.path.characters, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw folder.path.failure() }
        defer { close(descriptor) }
        hash.add(folder.path.characters.lazy.map { UInt8(bitPattern: $0) })
        contentHash.add(
            folder.path.characters.dropFirst(rootLength - 1).drop { $0 == 0x2f }.map { UInt8(bitPattern: $0) })
        for index in 0..<folder.files.count {
            let name = folder.files[index]
            var information = stat()
            guard Self.extensions.contains(Self.suffix(of: name)) else {
                ignore(name)
                continue
            }
            let exists = fstatat(descriptor, name, &information, 0) == 0
            if exists, information.st_mode & S_IFMT != S_IFREG {
                ignore(name)
                continue
            }
            names.append(name)
            sizes.append(exists ? Int(information.st_size) : -1)
            hash.add(UnsafeRawBufferPointer(start: name, count: strlen(name)))
            contentHash.add(UnsafeRawBufferPointer(start: name, count: strlen(name)))
            contentHash.add(UInt64(bitPattern: exists ? Int64(information.st_size) : -1))
            hash.add(UInt64(bitPattern: Int64(information.st_size)))
            hash.add(UInt64(bitPattern: Int64(information.st_mtim.tv_sec)))
            hash.add(UInt64(bitPattern: Int64(information.st_mtim.tv_nsec)))
        }
        guard count > first else { return }
        directories.append(Directory(path: folder.path, label: label, files: first..<count))
    }

    private mutating func ignore(_ name: UnsafePointer<CChar>) {
        let suffix = Self.suffix(of: name)
        ignored[suffix.isEmpty ? "" : ".\(suffix)", default: 0] += 1
    }

    // What stands behind the last point, in lower case. Strings of up to 15 bytes allocate nothing.
    private static func suffix(of name: UnsafePointer<CChar>) -> String {
        guard let point = strrchr(name, 0x2e) else { return "" }
        return String(cString: point + 1).lowercased()
    }
}
