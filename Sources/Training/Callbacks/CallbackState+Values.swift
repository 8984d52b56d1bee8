extension CallbackState {
    /// Keeps texts among the arrays: the codes of their UTF-8, which a float holds exactly, each with a 0 behind it.
    package mutating func set(_ texts: [String], _ name: String) {
        arrays[name] = texts.flatMap { $0.utf8.map(Float.init) + [0] }
    }

    /// Texts that `set` kept.
    package func texts(_ name: String) -> [String]? {
        guard let codes = arrays[name] else { return nil }
        var bytes: [UInt8] = []
        for code in codes {
            guard let byte = UInt8(exactly: code) else { return nil }
            bytes.append(byte)
        }
        return bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast().map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    /// Keeps lists of numbers under numbered names.
    mutating func set(_ lists: [[Float]]?, _ name: String) {
        guard let lists else { return }
        numbers["\(name)_count"] = Double(lists.count)
        for (index, list) in lists.enumerated() { arrays["\(name)_\(index)"] = list }
    }

    /// Lists that `set` kept; nil when none or not all are there.
    func lists(_ name: String) -> [[Float]]? {
        guard let count = numbers["\(name)_count"], let count = Int(exactly: count) else { return nil }
        let lists = (0..<count).compactMap { arrays["\(name)_\($0)"] }
        return lists.count == count ? lists : nil
    }

    /// A whole number, 0 where there is none.
    package func integer(_ name: String) -> Int { numbers[name].flatMap { Int(exactly: $0) } ?? 0 }
}
