import Foundation
import Testing

/// Reads event files from the formats' descriptions: TFRecord frames and Protocol Buffers.
enum EventReader {
    struct Event {
        var step = 0
        var version = ""
        var tag = ""
        var plugin = ""
        var text = ""
        var floats: [Float] = []
        var doubles: [Double] = []
    }

    private struct Damaged: Error {}

    /// A field of a message: its number, and its value as a number or as bytes.
    private typealias Field = (number: Int, value: UInt64, bytes: [UInt8])

    /// All values of a file, each with its event's step; an event without values is one, too.
    static func events(_ bytes: [UInt8]) throws -> [Event] {
        var place = 0
        var events: [Event] = []
        while place < bytes.count {
            guard place + 12 <= bytes.count else { throw Damaged() }
            let length = Int(number(bytes[place..<place + 8]))
            #expect(number(bytes[place + 8..<place + 12]) == masked(bytes[place..<place + 8]))
            let data = place + 12..<place + 12 + length
            guard data.upperBound + 4 <= bytes.count else { throw Damaged() }
            #expect(number(bytes[data.upperBound..<data.upperBound + 4]) == masked(bytes[data]))
            events += try event(Array(bytes[data]))
            place = data.upperBound + 4
        }
        return events
    }

    private static func event(_ bytes: [UInt8]) throws -> [Event] {
        var event = Event()
        var values: [Event] = []
        for field in try fields(bytes) {
            switch field.number {
            case 2: event.step = Int(field.value)
            case 3: event.version = String(decoding: field.bytes, as: UTF8.self)
            case 5: values += try fields(field.bytes).map { try value($0.bytes) }
            default: break
            }
        }
        for index in values.indices { values[index].step = event.step }
        return values.isEmpty ? [event] : values
    }

    private static func value(_ bytes: [UInt8]) throws -> Event {
        var event = Event()
        for field in try fields(bytes) {
            switch field.number {
            case 1: event.tag = String(decoding: field.bytes, as: UTF8.self)
            case 8: try tensor(field.bytes, &event)
            case 9:
                let plugin = try fields(field.bytes).first { $0.number == 1 }
                let name = try plugin.flatMap { try fields($0.bytes).first { $0.number == 1 } }
                event.plugin = String(decoding: name?.bytes ?? [], as: UTF8.self)
            default: break
            }
        }
        return event
    }

    private static func tensor(_ bytes: [UInt8], _ event: inout Event) throws {
        for field in try fields(bytes) {
            switch field.number {
            case 4:
                event.doubles = stride(from: 0, to: field.bytes.count, by: 8).map {
                    Double(bitPattern: number(field.bytes[$0..<$0 + 8]))
                }
            case 5:
                event.floats = stride(from: 0, to: field.bytes.count, by: 4).map {
                    Float(bitPattern: UInt32(number(field.bytes[$0..<$0 + 4])))
                }
            case 8: event.text = String(decoding: field.bytes, as: UTF8.self)
            default: break
            }
        }
    }

    private static func fields(_ bytes: [UInt8]) throws -> [Field] {
        var rest = bytes[...]
        func varint() throws -> UInt64 {
            var value: UInt64 = 0
            for shift in stride(from: 0 as UInt64, to: 64, by: 7) {
                guard let byte = rest.popFirst() else { throw Damaged() }
                value |= UInt64(byte & 0x7f) << shift
                if byte < 0x80 { return value }
            }
            throw Damaged()
        }
        func take(_ count: Int) throws -> [UInt8] {
            guard rest.count >= count else { throw Damaged() }
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        var fields: [Field] = []
        while !rest.isEmpty {
            let tag = try varint()
            switch tag & 7 {
            case 0: fields.append((Int(tag >> 3), try varint(), []))
            case 1: fields.append((Int(tag >> 3), number(try take(8)[...]), []))
            case 2: fields.append((Int(tag >> 3), 0, try take(Int(try varint()))))
            case 5: fields.append((Int(tag >> 3), number(try take(4)[...]), []))
            default: throw Damaged()
            }
        }
        return fields
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The masked CRC-32C, bit by bit.
    private static func masked(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        let crc = crc32c(bytes)
        return UInt64((crc >> 15 | crc << 17) &+ 0xa282_ead8)
    }

    static func crc32c(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var crc = ~UInt32(0)
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1 }
        }
        return ~crc
    }
}

@Suite struct EventReaderTests {
    @Test func `the reader's checksum has the value of RFC 3720`() {
        #expect(EventReader.crc32c(Array("123456789".utf8)) == 0xe306_9283)
        #expect(EventReader.crc32c([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    }
}
