/// The segments of a JPEG file before its first scan (ITU-T T.81, annex B).
enum JPEGHeader {
    /// Finds the frame header and the Exif data.
    static func read(_ bytes: ImageBytes) throws(ImageError) -> ImageInfo {
        var frame: (height: Int, width: Int, components: Int)?
        var orientation: Int?
        var offset = 2
        while true {
            guard let marker = nextMarker(bytes, &offset) else {
                throw .corrupt(.jpeg, "the file ends before the image begins: it is truncated")
            }
            switch marker {
            case 0x01, 0xd0...0xd8: continue
            case 0xd9: throw .corrupt(.jpeg, "it ends without an image")
            default: break
            }
            guard let length = bytes.number16(at: offset), length >= 2 else {
                throw .corrupt(.jpeg, "a segment has no valid length")
            }
            if marker == 0xda { break }
            let segment = bytes.part(from: offset + 2, count: length - 2)
            switch marker {
            case 0xc0...0xc3, 0xc5...0xc7, 0xc9...0xcb, 0xcd...0xcf:
                if frame == nil { frame = try readFrame(segment, marker: marker) }
            case 0xe1 where orientation == nil && ExifOrientation.isExif(segment):
                orientation = ExifOrientation.read(segment)
            default: break
            }
            offset += length
        }
        guard let frame else { throw .corrupt(.jpeg, "its scan comes before its frame header") }
        return ImageInfo(
            kind: .jpeg, storedHeight: frame.height, storedWidth: frame.width,
            channels: frame.components == 1 ? 1 : 3, orientation: orientation ?? 1)
    }

    // Moves behind the next marker. Bytes between segments do not belong there, and every decoder skips them.
    private static func nextMarker(_ bytes: ImageBytes, _ offset: inout Int) -> UInt8? {
        while let byte = bytes[offset] {
            offset += 1
            guard byte == 0xff else { continue }
            while bytes[offset] == 0xff { offset += 1 }
            guard let marker = bytes[offset] else { return nil }
            offset += 1
            if marker != 0 { return marker }
        }
        return nil
    }

    private static func readFrame(
        _ segment: ImageBytes, marker: UInt8
    ) throws(ImageError) -> (height: Int, width: Int, components: Int) {
        guard let precision = segment[0], let height = segment.number16(at: 1), let width = segment.number16(at: 3),
            let components = segment[5]
        else { throw .corrupt(.jpeg, "the frame header is truncated") }
        guard [0xc0, 0xc1, 0xc2, 0xc9, 0xca].contains(marker) else {
            throw .unsupported(.jpeg, "lossless and hierarchical compression are not supported")
        }
        guard precision == 8 else {
            throw .unsupported(.jpeg, "it has \(precision) bits per sample, only 8 are supported")
        }
        guard [1, 3, 4].contains(components) else {
            throw .unsupported(.jpeg, "it has \(components) components; 1, 3 and 4 are supported")
        }
        return (height, width, Int(components))
    }
}
