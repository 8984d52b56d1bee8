import Engine
import Memory

extension Session {
    /// Writes all that the parts of training keep, and the record of the run, into a file.
    ///
    /// - Returns: the file's size.
    func write(_ record: CheckpointRecord, to path: String, syncs: Bool) throws -> Int {
        let parts = keptParts.map { (name: $0.name, numbers: $0.part.numbers, tensors: $0.part.tensors) }
        let numbers =
            record.numbers
            + parts.flatMap { part in
                part.numbers.sorted { $0.key < $1.key }.map { ("\(part.name)/\($0.key)", $0.value) }
            }
        let tensors = parts.flatMap { part in part.tensors.map { (name: "\(part.name)/\($0.name)", tensor: $0) } }
        let arrays = record.arrays
        typealias Declaration = CheckpointWriter.Declaration
        let writer = try CheckpointWriter(
            path, metadata: record.text,
            tensors: numbers.map { Declaration(name: $0.name, kind: .float64, shape: [$0.values.count]) }
                + tensors.map { Declaration(name: $0.name, kind: .float32, shape: $0.tensor.shape.dimensions) }
                + arrays.map { Declaration(name: $0.name, kind: .float32, shape: [$0.values.count]) })
        for (_, values) in numbers { try writer.write(values) }
        for (_, tensor) in tensors { try tensor.withRowMajor { try writer.write($0) } }
        for (_, values) in arrays { try values.withUnsafeBytes { try writer.write($0) } }
        return try writer.finish(syncs: syncs)
    }

    /// Takes over what `write` wrote, bit by bit.
    ///
    /// - Throws: when the file holds other tensors than the parts have places for; some may have been replaced by then.
    func restore(from file: CheckpointReader) throws {
        for (name, part) in keptParts {
            var numbers: [String: [Double]] = [:]
            var found: [(name: String, shape: Shape)] = []
            for key in file.names where key.hasPrefix("\(name)/") {
                let rest = key.dropFirst(name.count + 1)
                if file.isDouble(key) {
                    numbers[String(rest)] = try file.doubles(key)
                } else {
                    found.append((String(rest), Shape(file.shape(key)!)))
                }
            }
            try part.prepare(numbers: numbers, tensors: found)
            let tensors = part.tensors
            let shapes = Dictionary(found.map { ($0.name, $0.shape) }) { first, _ in first }
            for tensor in tensors where shapes[tensor.name] != tensor.shape {
                let text = shapes[tensor.name].map { "\($0)" } ?? "nothing"
                throw CheckpointReader.Damage(
                    description: "\(name) of \(tensor.name): expected \(tensor.shape), found \(text)")
            }
            guard tensors.count == found.count else {
                throw CheckpointReader.Damage(
                    description: "\(name): expected \(tensors.count) tensors, found \(found.count)")
            }
            for tensor in tensors { try tensor.replace { try file.read("\(name)/\(tensor.name)", into: $0) } }
        }
    }
}
