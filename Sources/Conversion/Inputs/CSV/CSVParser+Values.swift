internal import Memory

extension CSVParser {
    // Stores a field's text as its column wants it; returns what is wrong with it.
    func store(_ text: UnsafeBufferPointer<UInt8>) -> Flaw? {
        switch plan.targets[field] {
        case .skip: return nil
        case .text(let column):
            if let reason = TextBytes.flaw(UnsafeRawBufferPointer(text)) {
                return .bad("column \(plan.names[field]): \(reason)")
            }
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
}
