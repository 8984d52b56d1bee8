internal import DataSource
internal import Memory
internal import Shards

/// Turns the records of a piece into rows.
///
/// Numbers are read where they stand; only fields that are quoted, missing or wrong take a second look.
struct CSVParser {
    private let plan: CSVPlan
    private let scanner: CSVScanner
    private let classes: CSVClasses?
    private let file: String
    private let reader = CSVNumber.Reader()
    private let start: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>
    private let rows: CSVRows
    private var place: UnsafePointer<UInt8>

    // Of the row that is being built.
    private var record: UnsafePointer<UInt8>
    private var field = 0
    private var unquoted: [UInt8] = []
    // Newlines are counted up to here, for messages only.
    private var countedPlace: UnsafePointer<UInt8>
    private var countedLine: Int

    /// Why a record is not a row.
    private enum Flaw: Error { case bad(String), skipped }

    /// - Parameter bytes: whole records, with 16 bytes of room behind them, of which the first is a newline.
    init(
        _ plan: CSVPlan, _ scanner: CSVScanner, _ classes: CSVClasses?, file: String, line: Int,
        bytes: UnsafeBufferPointer<UInt8>, start: UnsafePointer<UInt8>
    ) {
        self.plan = plan
        self.scanner = scanner
        self.classes = classes
        self.file = file
        self.start = start
        end = start + bytes.count
        place = start
        record = start
        countedPlace = start
        countedLine = line
        // A record has a byte a field at least; so room is bounded by the text, whatever it is.
        let newlines = CSVScanner.newlineCount(UnsafeRawBufferPointer(bytes))
        rows = CSVRows(plan.columns, mostRows: min(newlines, bytes.count / plan.targets.count) + 1)
    }

    /// Parses all records.
    mutating func parse(into chunk: RowChunk, rejected: inout [RejectedRow]) {
        while place < end {
            record = place
            if place[0] == CSVScanner.newline {
                place += 1
                continue
            }
            if place[0] == CSVScanner.carriageReturn, place[1] == CSVScanner.newline {
                place += 2
                continue
            }
            do throws(Flaw) {
                try parseRecord()
                rows.endRow()
            } catch {
                rows.dropRow()
                place = behindRecord()
                guard case .bad(let reason) = error else { continue }
                rejected.append(RejectedRow(file: file, place: "line \(line(of: record))", reason: reason))
            }
        }
        rows.move(to: chunk)
    }

    @inline(__always)
    private mutating func parseRecord() throws(Flaw) {
        let last = plan.targets.count - 1
        field = 0
        while true {
            if case .number(let type, let column, let offset) = plan.targets[field], type == .float32,
                let (value, after) = reader.read(place), let next = delimited(after, isLast: field == last),
                let destination = rows.place(column, plan.columns[column].itemBytes)
            {
                destination.storeBytes(of: Float(value), toByteOffset: offset, as: Float.self)
                place = next
            } else {
                try parseField(isLast: field == last)
            }
            guard field < last else { return }
            field += 1
        }
    }

    // The place behind what ends a field; nil when something else is there.
    @inline(__always)
    private func delimited(_ after: UnsafePointer<UInt8>, isLast: Bool) -> UnsafePointer<UInt8>? {
        if !isLast { return after.pointee == scanner.delimiter ? after + 1 : nil }
        if after.pointee == CSVScanner.newline { return after + 1 }
        if after.pointee == CSVScanner.carriageReturn, after[1] == CSVScanner.newline { return after + 2 }
        return nil
    }

    // Any field, from its first byte to behind its end.
    private mutating func parseField(isLast: Bool) throws(Flaw) {
        var after = place
        var text: UnsafeBufferPointer<UInt8>
        if place.pointee == CSVScanner.quote {
            after = try unquote()
            text = UnsafeBufferPointer(start: nil, count: 0)
        } else {
            while after.pointee != scanner.delimiter, after.pointee != CSVScanner.newline { after += 1 }
            if after.pointee == CSVScanner.newline, after > place, after[-1] == CSVScanner.carriageReturn { after -= 1 }
            text = UnsafeBufferPointer(start: place, count: after - place)
        }
        guard let next = delimited(after, isLast: isLast) else { throw .bad(wrongCount()) }
        if place.pointee == CSVScanner.quote {
            // A byte that is no digit follows what is unquoted.
            let flaw = unquoted.withUnsafeBufferPointer { unquoted -> Flaw? in
                store(UnsafeBufferPointer(rebasing: unquoted.dropLast()))
            }
            if let flaw { throw flaw }
        } else if let flaw = store(text) {
            throw flaw
        }
        place = next
    }

    // Puts a quoted field into `unquoted`, with a zero behind it, and returns the place behind the closing quote.
    private mutating func unquote() throws(Flaw) -> UnsafePointer<UInt8> {
        unquoted.removeAll(keepingCapacity: true)
        var next = place + 1
        while next < end {
            if next.pointee == CSVScanner.quote {
                next += 1
                guard next < end, next.pointee == CSVScanner.quote else {
                    unquoted.append(0)
                    let isEnd =
                        next.pointee == scanner.delimiter || next.pointee == CSVScanner.newline
                        || next.pointee == CSVScanner.carriageReturn
                    guard isEnd else {
                        throw .bad("column \(plan.names[field]): expected the end of a quoted field behind its quote")
                    }
                    return next
                }
            }
            unquoted.append(next.pointee)
            next += 1
        }
        throw .bad("column \(plan.names[field]): a quote is never closed")
    }

    // Stores a field's text as its column wants it; returns what is wrong with it.
    private func store(_ text: UnsafeBufferPointer<UInt8>) -> Flaw? {
        switch plan.targets[field] {
        case .skip: return nil
        case .text(let column):
            rows.append(text, column: column)
            return nil
        case .classes(let column):
            guard let destination = rows.place(column, 8) else { return nil }
            if CSVWords.isMissing(text) { return missing("a class") }
            guard let number = classes?.number(of: text) else { return flaw(text, "a class that was there before") }
            destination.storeBytes(of: Int64(number), as: Int64.self)
            return nil
        case .truth(let column):
            guard let destination = rows.place(column, 1) else { return nil }
            var value = CSVWords.truth(text)
            if value == nil, let number = CSVNumber.whole(text, reader), number == 0 || number == 1 {
                value = number == 1
            }
            if let value {
                destination.storeBytes(of: value ? 1 : 0, as: UInt8.self)
                return nil
            }
            guard CSVWords.isMissing(text) else { return flaw(text, "true or false") }
            guard case .value(let number) = plan.missing, number == 0 || number == 1 else {
                return missing("true or false")
            }
            destination.storeBytes(of: number == 1 ? 1 : 0, as: UInt8.self)
            return nil
        case .number(let type, let column, let offset):
            guard let row = rows.place(column, plan.columns[column].itemBytes) else { return nil }
            return store(text, type, at: row + offset)
        }
    }

    private func store(
        _ text: UnsafeBufferPointer<UInt8>, _ type: ScalarType, at place: UnsafeMutableRawPointer
    ) -> Flaw? {
        let noun = type.isFloatingPoint ? "a number" : "an integer"
        if CSVWords.isMissing(text) {
            guard case .value(let number) = plan.missing else {
                guard plan.missing == .nan, type.isFloatingPoint else { return missing("\(noun) (\(type))") }
                _ = type.store(.nan, at: place)
                return nil
            }
            return type.store(number, at: place) ? nil : missing("\(noun) (\(type)), which \(number) is not,")
        }
        if type.isFloatingPoint {
            if let value = CSVNumber.whole(text, reader) ?? CSVWords.truth(text).map({ $0 ? 1 : 0 }) {
                _ = type.store(value, at: place)
                return nil
            }
        } else if let (bits, isNegative) = CSVNumber.integer(text, reader) {
            return type.store(bits, isNegative: isNegative, at: place) ? nil : flaw(text, "\(noun) that fits \(type)")
        }
        return flaw(text, "\(noun) (\(type))")
    }

    private func missing(_ noun: String) -> Flaw {
        if plan.missing == .skip { return .skipped }
        return .bad("column \(plan.names[field]): expected \(noun), found a missing value")
    }

    private func flaw(_ text: UnsafeBufferPointer<UInt8>, _ noun: String) -> Flaw {
        let shown = String(decoding: text.prefix(40), as: UTF8.self) + (text.count > 40 ? "…" : "")
        return .bad("column \(plan.names[field]): expected \(noun), found \"\(shown)\"")
    }

    private mutating func wrongCount() -> String {
        let after = behindRecord()
        var bytes = UnsafeRawBufferPointer(start: record, count: after - record)
        if bytes.last == CSVScanner.newline { bytes = UnsafeRawBufferPointer(rebasing: bytes.dropLast()) }
        return "expected \(plan.names.count) fields, found \(scanner.fields(bytes).count)"
    }

    // Where the record that begins at `record` ends, its newline included.
    private func behindRecord() -> UnsafePointer<UInt8> {
        let rest = UnsafeRawBufferPointer(start: record, count: end - record)
        return scanner.firstEnd(in: rest).map { record + $0 + 1 } ?? end
    }

    private mutating func line(of place: UnsafePointer<UInt8>) -> Int {
        countedLine += CSVScanner.newlineCount(UnsafeRawBufferPointer(start: countedPlace, count: place - countedPlace))
        countedPlace = place
        return countedLine
    }
}
