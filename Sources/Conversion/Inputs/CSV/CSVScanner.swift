internal import Glibc

/// Finds where records end: RFC 4180, with quotes that open at the beginning of a field only, so that newlines inside
/// quotes belong to their field.
package struct CSVScanner: Sendable {
    /// What separates fields.
    package let delimiter: UInt8

    package init(delimiter: UInt8) { self.delimiter = delimiter }

    static let quote = UInt8(ascii: "\"")
    static let newline = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")

    /// The end of the last whole record of `bytes`, which begin with a record: behind its newline. nil when none ends.
    package func lastEnd(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let start = bytes.baseAddress else { return nil }
        var end: Int?
        // Behind the quotes that were looked at: outside of quotes.
        var place = 0
        while true {
            let found = memchr(start + place, Int32(Self.quote), bytes.count - place)
            let quote = found.map { UnsafeRawPointer($0) - start } ?? bytes.count
            // Backwards: the last line is short beside all of the bytes.
            if let last = bytes[place..<quote].lastIndex(of: Self.newline) { end = last + 1 }
            guard quote < bytes.count else { return end }
            guard quote == 0 || bytes[quote - 1] == delimiter || bytes[quote - 1] == Self.newline else {
                place = quote + 1
                continue
            }
            guard let close = closingQuote(of: bytes, behind: quote) else { return end }
            place = close + 1
        }
    }

    /// Where to cut `bytes`, which begin with a record: behind the last whole one, or all of them when nothing follows;
    /// but behind no more than `mostLines` lines, unless a record alone has more.
    func end(in bytes: UnsafeRawBufferPointer, isDrained: Bool, mostLines: Int) -> Int {
        var (lines, limit, place) = (0, mostLines, 0)
        while let start = bytes.baseAddress, place < bytes.count,
            let found = memchr(start + place, Int32(Self.newline), bytes.count - place)
        {
            place = UnsafeRawPointer(found) - start + 1
            lines += 1
            guard lines == limit, place < bytes.count else { continue }
            if let end = lastEnd(in: UnsafeRawBufferPointer(rebasing: bytes[..<place])) { return end }
            limit *= 2
        }
        return isDrained ? bytes.count : lastEnd(in: bytes) ?? 0
    }

    /// The end of the first record of `bytes`: the place of its newline. nil when it does not end.
    package func firstEnd(in bytes: UnsafeRawBufferPointer) -> Int? {
        var place = 0
        var isFieldStart = true
        while place < bytes.count {
            switch bytes[place] {
            case Self.newline: return place
            case Self.quote where isFieldStart:
                guard let close = closingQuote(of: bytes, behind: place) else { return nil }
                place = close
                isFieldStart = false
            case delimiter: isFieldStart = true
            default: isFieldStart = false
            }
            place += 1
        }
        return nil
    }

    // The quote that closes the one at `open`; two in a row stand for one in the text.
    private func closingQuote(of bytes: UnsafeRawBufferPointer, behind open: Int) -> Int? {
        guard let start = bytes.baseAddress else { return nil }
        var place = open + 1
        while place < bytes.count,
            let found = memchr(start + place, Int32(Self.quote), bytes.count - place)
        {
            let quote = UnsafeRawPointer(found) - start
            guard quote + 1 < bytes.count, bytes[quote + 1] == Self.quote else { return quote }
            place = quote + 2
        }
        return nil
    }

    /// Newlines in `bytes`.
    package static func newlineCount(_ bytes: UnsafeRawBufferPointer) -> Int {
        var count = 0
        for byte in bytes where byte == newline { count += 1 }
        return count
    }

    /// The fields of one record without its newline, unquoted.
    package func fields(_ record: UnsafeRawBufferPointer) -> [[UInt8]] {
        var record = record
        if record.last == Self.carriageReturn { record = UnsafeRawBufferPointer(rebasing: record.dropLast()) }
        var fields: [[UInt8]] = []
        var place = 0
        while true {
            var field: [UInt8] = []
            if place < record.count, record[place] == Self.quote {
                let close = closingQuote(of: record, behind: place) ?? record.count
                var index = place + 1
                while index < close {
                    field.append(record[index])
                    index += record[index] == Self.quote ? 2 : 1
                }
                place = min(record.count, close + 1)
            }
            let end = record[place...].firstIndex(of: delimiter) ?? record.count
            field.append(contentsOf: record[place..<end])
            fields.append(field)
            guard end < record.count else { return fields }
            place = end + 1
        }
    }
}

extension CSVScanner {
    /// Gives one field of every record that has it to `body`, unquoted.
    func forEach(
        field number: Int, of bytes: UnsafeRawBufferPointer, _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        let bytes = bytes.bindMemory(to: UInt8.self)
        var place = 0
        var field = 0
        var fieldStart = 0
        while place <= bytes.count {
            if place < bytes.count, place == fieldStart, bytes[place] == Self.quote {
                place = closingQuote(of: UnsafeRawBufferPointer(bytes), behind: place) ?? bytes.count
                place += 1
                continue
            }
            let byte = place < bytes.count ? bytes[place] : Self.newline
            guard byte == delimiter || byte == Self.newline else {
                place += 1
                continue
            }
            let end = min(place, bytes.count)
            if field == number, end > fieldStart || field > 0 {
                let value = UnsafeBufferPointer(rebasing: bytes[fieldStart..<end])
                if value.first == Self.quote {
                    // The only place where a copy is needed.
                    fields(UnsafeRawBufferPointer(value))[0].withUnsafeBufferPointer { body($0) }
                } else {
                    body(value.last == Self.carriageReturn ? UnsafeBufferPointer(rebasing: value.dropLast()) : value)
                }
            }
            field = byte == delimiter ? field + 1 : 0
            place += 1
            fieldStart = place
        }
    }
}
