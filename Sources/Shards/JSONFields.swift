internal import JSONText

/// An object of a file's JSON, and where it stands, for messages such as
/// `shards[3].rows: expected a whole number, found "x"`.
struct JSONFields {
    let object: JSONValue
    let place: String

    /// What is wrong with a member.
    struct Failure: Error {
        let message: String

        /// Whether a later version of the format may well mean it.
        let isUnsupported: Bool
    }

    init(_ value: JSONValue, place: String = "") throws(Failure) {
        object = value
        self.place = place
        guard value.members != nil else { throw failure("an object") }
    }

    /// Checks `format` and `version`.
    func checkFormat(_ format: String) throws(Failure) {
        let found = try string("format")
        guard found == format else { throw failure("format", "\"\(format)\"", .string(found)) }
        let version = try integer("version", in: 1...Int.max)
        guard version == ShardFormat.version else {
            throw Failure(
                message: "version \(version) of the format is newer than \(ShardFormat.version), the newest that this "
                    + "program reads; update it, or convert the data again", isUnsupported: true)
        }
    }

    func optional(_ key: String) -> JSONValue? {
        guard let value = object[key], !value.isNull else { return nil }
        return value
    }

    func string(_ key: String) throws(Failure) -> String {
        guard let text = object[key]?.stringValue else { throw failure(key, "a string", object[key]) }
        return text
    }

    func optionalString(_ key: String) throws(Failure) -> String? {
        guard optional(key) != nil else { return nil }
        return try string(key)
    }

    func bool(_ key: String) throws(Failure) -> Bool {
        guard let value = object[key]?.boolValue else { throw failure(key, "true or false", object[key]) }
        return value
    }

    func integer(_ key: String, in range: ClosedRange<Int> = 0...Int.max) throws(Failure) -> Int {
        guard let value = object[key]?.integerValue, range.contains(value) else {
            let bound = range.upperBound == Int.max ? "from \(range.lowerBound) on" : "in \(range)"
            throw failure(key, "a whole number \(bound)", object[key])
        }
        return value
    }

    /// A number; `null` is one that JSON cannot write.
    func number(_ key: String) throws(Failure) -> Double {
        guard let value = object[key] else { throw failure(key, "a number or null", nil) }
        if value.isNull { return .nan }
        guard let number = value.doubleValue else { throw failure(key, "a number or null", value) }
        return number
    }

    /// Sixteen hexadecimal digits.
    func hash(_ key: String) throws(Failure) -> UInt64 {
        guard let hash = ShardFormat.hash(try string(key)) else {
            throw failure(key, "16 hexadecimal digits", object[key])
        }
        return hash
    }

    /// A number that need not fit a signed one: then it is written as text.
    func unsigned(_ key: String) throws(Failure) -> UInt64 {
        if let value = object[key]?.integerValue, value >= 0 { return UInt64(value) }
        guard let text = object[key]?.stringValue, let value = UInt64(text) else {
            throw failure(key, "a whole number from 0 on", object[key])
        }
        return value
    }

    func array(_ key: String) throws(Failure) -> [JSONValue] {
        guard let elements = object[key]?.arrayValue else { throw failure(key, "an array", object[key]) }
        return elements
    }

    func objects(_ key: String) throws(Failure) -> [JSONFields] {
        var fields: [JSONFields] = []
        for (index, element) in try array(key).enumerated() {
            fields.append(try JSONFields(element, place: name("\(key)[\(index)]")))
        }
        return fields
    }

    func objectOrNil(_ key: String) throws(Failure) -> JSONFields? {
        guard let value = optional(key) else { return nil }
        return try JSONFields(value, place: name(key))
    }

    private func name(_ key: String) -> String { place.isEmpty ? key : "\(place).\(key)" }

    func failure(_ key: String, _ expected: String, _ found: JSONValue?, isUnsupported: Bool = false) -> Failure {
        let text = found.map { String($0.text().prefix(80)) } ?? "nothing"
        return Failure(message: "\(name(key)): expected \(expected), found \(text)", isUnsupported: isUnsupported)
    }

    func failure(_ expected: String) -> Failure {
        let whole = place.isEmpty ? "" : "\(place): "
        return Failure(message: "\(whole)expected \(expected), found \(object.text().prefix(80))", isUnsupported: false)
    }
}

extension UInt64 {
    /// A JSON number where it fits a signed one, else text.
    var json: JSONValue { Int(exactly: self).map { .integer($0) } ?? .string(String(self)) }
}
