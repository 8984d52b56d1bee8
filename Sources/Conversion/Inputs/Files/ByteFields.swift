/// Little-endian numbers at places of some bytes. The caller has compared the places with the length.
struct ByteFields {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var count: Int { bytes.count }

    func uint16(_ place: Int) -> UInt16 { UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8 }
    func uint32(_ place: Int) -> UInt32 { UInt32(uint16(place)) | UInt32(uint16(place + 2)) << 16 }
    func uint64(_ place: Int) -> UInt64 { UInt64(uint32(place)) | UInt64(uint32(place + 4)) << 32 }

    /// UTF-8; what is none becomes U+FFFD.
    func text(_ place: Int, _ count: Int) -> String { String(decoding: bytes[place..<place + count], as: UTF8.self) }
}
