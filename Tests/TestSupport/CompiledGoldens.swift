import JSONText
import KerasFiles

/// The losses and metrics of `fixtures/goldens/compiled.zip`, as Keras has them.
package enum CompiledGoldens {
    /// The cases of a member such as `losses`, by name.
    package static func cases(_ member: String) -> [JSONValue.Member] {
        let path = Fixtures.path("goldens/compiled.zip")
        do {
            guard let text = try ZipArchive.read("\(member).json", from: path) else {
                fatalError("\(path): has no \(member).json")
            }
            return try JSONValue(parsing: text).members!
        } catch {
            fatalError("\(path): \(error)")
        }
    }
}

extension JSONValue {
    /// The object with another value of a member, which is added where there is none.
    package func setting(_ key: String, _ value: JSONValue) -> JSONValue {
        .object((members ?? []).filter { $0.key != key } + [Member(key: key, value: value)])
    }

    /// Whether two values are the same but for how numbers are written.
    package func isSame(as other: JSONValue) -> Bool {
        if let left = doubleValue, let right = other.doubleValue { return left == right }
        if let left = arrayValue, let right = other.arrayValue {
            return left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
        }
        if let left = members, let right = other.members {
            return left.count == right.count && left.allSatisfy { other[$0.key]?.isSame(as: $0.value) ?? false }
        }
        return self == other
    }
}
