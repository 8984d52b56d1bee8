/// The orientation that a camera noted (Exif 2.3, tag 0x0112).
enum ExifOrientation {
    private static let prefix = Array("Exif\0\0".utf8)
    private static let tag = 0x0112

    /// Whether the data of an APP1 segment are Exif data.
    static func isExif(_ segment: ImageBytes) -> Bool { segment.hasPrefix(prefix) }

    /// The orientation, 1 to 8, in the first directory of Exif data; 1 where there is none or it makes no sense.
    ///
    /// Damaged Exif data are no reason to refuse an image. Only the first directory's own entries are looked at, so that
    /// no offset in the data can lead in circles.
    static func read(_ data: ImageBytes) -> Int {
        let tiff = data.hasPrefix(prefix) ? data.part(from: prefix.count, count: data.count) : data
        let isLittleEndian = tiff.hasPrefix([0x49, 0x49])
        guard isLittleEndian || tiff.hasPrefix([0x4d, 0x4d]),
            tiff.number16(at: 2, isLittleEndian: isLittleEndian) == 42,
            let directory = tiff.number32(at: 4, isLittleEndian: isLittleEndian),
            let entries = tiff.number16(at: directory, isLittleEndian: isLittleEndian)
        else { return 1 }
        var orientation = 1
        for index in 0..<entries {
            let entry = directory + 2 + 12 * index
            guard entry + 12 <= tiff.count else { break }
            guard tiff.number16(at: entry, isLittleEndian: isLittleEndian) == tag,
                tiff.number32(at: entry + 4, isLittleEndian: isLittleEndian) == 1
            else { continue }
            // BYTE, SHORT and LONG: a single one lies in the entry itself.
            let value: Int? =
                switch tiff.number16(at: entry + 2, isLittleEndian: isLittleEndian) {
                case 1: tiff[entry + 8].map { Int($0) }
                case 3: tiff.number16(at: entry + 8, isLittleEndian: isLittleEndian)
                case 4: tiff.number32(at: entry + 8, isLittleEndian: isLittleEndian)
                default: nil
                }
            // Of several the last counts.
            if let value { orientation = value }
        }
        return (1...8).contains(orientation) ? orientation : 1
    }
}
