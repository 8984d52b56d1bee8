internal import DataSource
internal import Memory
internal import Shards

/// Turns the records of a piece into rows.
///
/// Numbers are read where they stand; only fields that are quoted, missing or wrong take a second look.
struct CSVParser {
    let plan: CSVPlan
    private let scanner: CSVScanner
    let classes: CSVClasses?
    private let file: String
    let reader = CSVNumber.Reader()
    private let start: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>
    let rows: CSVRows
    private var place: UnsafePointer<UInt8>

    // Of the row that is being built.
    private var record: UnsafePointer<UInt8>
    private(set) var field = 0
    private var unquoted: [UInt8] = []
    // Newlines are counted up to here, for messages only.
    private var countedPlace: UnsafePointer<UInt8>
    private var countedLine: Int

    /// Why a record is not a row.
    enum Flaw: Error { case bad(String), skipped }

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
        rows = CSVRows(plan, mostRows: min(newlines, bytes.count / plan.targets.count) + 1)
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
            if let next = readNumber(rows.slots[field], isLast: field == last) {
                place = next
            } else {
                try parseField(isLast: field == last)
            }
            guard field < last else { return }
            field += 1
        }
    }

    // Reads a plain number and returns the place behind its field; nil when it takes a second look.
    @inline(__always)
    private func readNumber(_ slot: CSVRows.Slot, isLast: Bool) -> UnsafePointer<UInt8>? {
        guard let base = slot.place, slot.kind != .other else { return nil }
        if slot.kind == .int64 {
            guard let (value, after) = CSVNumber.shortInteger(place), let next = delimited(after, isLast: isLast) else {
                return nil
            }
            (base + rows.count * slot.stride).storeBytes(of: value, as: Int64.self)
            return next
        }
        guard let (value, after) = reader.read(place), let next = delimited(after, isLast: isLast) else { return nil }
        if slot.kind == .float32 {
            (base + rows.count * slot.stride).storeBytes(of: Float(value), as: Float.self)
        } else {
            (base + rows.count * slot.stride).storeBytes(of: value, as: Double.self)
        }
        return next
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
