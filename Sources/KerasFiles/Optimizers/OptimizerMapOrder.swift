import JSONText

/// The order of the keys of an optimizer map, which numbers the optimizers' state in a file. Parsed objects have lost it.
enum OptimizerMapOrder {
    private static let key = Array("\"optimizer_map\"".utf8)

    /// `config.json` with the keys of its optimizer map, if it has one, in the order of its text.
    static func restored(_ root: JSONValue, from text: [UInt8]) -> JSONValue {
        restored(root) { keys in order(of: Set(keys), in: text) }
    }

    private static func restored(_ value: JSONValue, _ order: ([String]) -> [String]?) -> JSONValue {
        guard case .object(let members) = value else { return value }
        return .object(
            members.map { member in
                guard
                    ["compile_config", "optimizer", "config", "inner_optimizer", "optimizer_map"].contains(member.key)
                else { return member }
                let inner = member.value["optimizer_map"] ?? .null
                guard member.key == "config", inner["class_name"] == nil, let entries = inner.members, !entries.isEmpty,
                    let keys = order(entries.map(\.key))
                else { return .init(key: member.key, value: restored(member.value, order)) }
                let sorted = keys.map { key in entries.first { $0.key == key }! }
                return .init(
                    key: member.key,
                    value: .object(
                        member.value.members!.map {
                            $0.key == "optimizer_map" ? .init(key: $0.key, value: .object(sorted)) : $0
                        }))
            })
    }

    /// The keys of the first object under `optimizer_map` that has just these keys, as they are written.
    private static func order(of keys: Set<String>, in text: [UInt8]) -> [String]? {
        var start = 0
        while let found = text[start...].firstRange(of: key) {
            start = found.upperBound
            if let written = objectKeys(text[start...]), Set(written) == keys, written.count == keys.count {
                return written
            }
        }
        return nil
    }

    /// The keys of the object behind a colon; nil when there is none, or one that is not plain.
    private static func objectKeys(_ text: ArraySlice<UInt8>) -> [String]? {
        var rest = text.drop(while: isSpace)
        guard rest.first == UInt8(ascii: ":") else { return nil }
        rest = rest.dropFirst().drop(while: isSpace)
        guard rest.first == UInt8(ascii: "{") else { return nil }
        var depth = 0
        var keys: [String] = []
        var last: String?
        while let byte = rest.first {
            rest = rest.dropFirst()
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 { return keys }
            case UInt8(ascii: "\""):
                var end = rest.startIndex
                while end < rest.endIndex, rest[end] != UInt8(ascii: "\"") {
                    end += rest[end] == UInt8(ascii: "\\") ? 2 : 1
                }
                guard end < rest.endIndex else { return nil }
                if depth == 1 { last = decoded(rest[rest.startIndex..<end]) }
                rest = rest[(end + 1)...]
            case UInt8(ascii: ":"):
                guard depth == 1 else { break }
                guard let last else { return nil }
                keys.append(last)
            default: break
            }
        }
        return nil
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> String? {
        let array = [UInt8(ascii: "["), UInt8(ascii: "\"")] + text + [UInt8(ascii: "\""), UInt8(ascii: "]")]
        return (try? JSONValue(parsing: array))?.arrayValue?.first?.stringValue
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [9, 10, 13, 32].contains(byte) }
}
