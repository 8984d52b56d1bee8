import JSONText

/// The `config` of an object of Keras, which knows which of its settings were asked for.
///
/// What nobody asked for would be ignored: a file of a newer Keras may mean something by it.
struct Settings {
    /// The keys that were asked for, also by copies.
    private final class Reads {
        var keys: Set<String> = []
    }

    /// The object itself; reading it asks for nothing.
    let value: JSONValue
    private let reads = Reads()

    init(_ value: JSONValue) { self.value = value }

    /// The value of a setting; nil when it is absent.
    subscript(key: String) -> JSONValue? {
        reads.keys.insert(key)
        return value[key]
    }

    /// All settings, which count as asked for.
    var members: [JSONValue.Member]? {
        reads.keys.formUnion((value.members ?? []).map(\.key))
        return value.members
    }

    /// Settings that change nothing here, whatever they are.
    func ignore(_ keys: String...) { ignore(Set(keys)) }

    /// The same for a set of them.
    func ignore(_ keys: Set<String>) { reads.keys.formUnion(keys) }

    /// The keys that were asked for.
    var asked: Set<String> { reads.keys }

    /// The first setting that nobody asked for and that turns something on: neither null nor false.
    var unknown: JSONValue.Member? {
        (value.members ?? []).first {
            !reads.keys.contains($0.key) && !$0.value.isNull && $0.value != .bool(false)
        }
    }

    /// What an error says of a setting that is not known.
    static func refusal(of member: JSONValue.Member) -> String {
        "\(member.key) is \(member.value.text()), a setting that is not known here; expected null, false or none"
    }
}
