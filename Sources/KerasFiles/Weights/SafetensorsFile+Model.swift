import Glibc
import JSONText
import Memory
import NeuralNetwork

extension SafetensorsFile {
    // MARK: Reading

    /// The values of all weights of a model, each found by its path, or by the path with the model's name in front: that is
    /// what Keras calls the variables of a Sequential model that was not loaded from a file.
    func weights(of model: Model) throws(KerasFileError) -> [WeightValues] {
        var given: [String: Tensor] = [:]
        for (name, tensor) in tensors { given[name] = tensor }
        var result: [WeightValues] = []
        for (index, parameter) in Self.stored(model) {
            guard let name = [parameter.path, "\(model.name)/\(parameter.path)"].first(where: { given[$0] != nil }),
                let tensor = given.removeValue(forKey: name)
            else {
                throw KerasFileError(
                    .invalid, path,
                    "has no tensor \"\(parameter.path)\" of shape \(parameter.specification.shape), expected all weights of "
                        + "the model; it has \(tensors.map { "\"\($0.name)\"" }.joined(separator: ", "))")
            }
            guard tensor.shape == parameter.specification.shape else {
                throw KerasFileError(
                    .invalid, path,
                    "tensor \"\(name)\" has shape \(tensor.shape), the model's \(parameter.path) needs "
                        + "\(parameter.specification.shape)")
            }
            let values = try values(tensor)
            guard parameter.specification.fileType != .int32 || values.allSatisfy({ Int32(exactly: $0) != nil }) else {
                throw KerasFileError(
                    .invalid, path, "tensor \"\(name)\": \(parameter.path) needs whole numbers that fit int32")
            }
            result.append(WeightValues(index: index, values: values))
        }
        guard let other = tensors.first(where: { given[$0.name] != nil }) else { return result }
        throw KerasFileError(
            .invalid, path,
            "tensor \"\(other.name)\" of shape \(other.tensor.shape) is no weight of the model, which has "
                + Self.stored(model).map { "\"\($0.parameter.path)\"" }.joined(separator: ", "))
    }

    private static func stored(_ model: Model) -> [(index: Int, parameter: Model.Parameter)] {
        model.parameters.enumerated().filter { $0.element.specification.isStored }.map { ($0.offset, $0.element) }
    }

    // MARK: Writing

    /// Writes the weights of a model: the file appears whole or not at all.
    static func write(_ model: Model, to path: String) throws(OutputError) {
        let weights = stored(model)
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        var offset = 0
        for (_, parameter) in weights {
            guard names.insert(parameter.path).inserted else {
                throw OutputError(
                    path: path, stage: .create, code: EEXIST,
                    reason: "two weights are called \"\(parameter.path)\"; give their layers different names")
            }
            let shape = parameter.specification.shape
            let element = parameter.specification.fileType == .int32 ? Element.int32 : .float32
            let end = offset + shape.elementCount * element.byteCount
            members.append(
                .init(
                    key: parameter.path,
                    value: .object([
                        "dtype": .string(element.rawValue), "shape": .integers(shape.dimensions),
                        "data_offsets": .integers([offset, end]),
                    ])))
            offset = end
        }
        var header = Array(JSONValue.object(members).text().utf8)
        // Elements begin at a multiple of 8 bytes.
        header += Array(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
        var output = try AtomicOutput(path: path)
        let descriptor = open(output.temporaryPath, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw OutputError(path: path, stage: .create, code: errno) }
        defer { close(descriptor) }
        try write((0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header, descriptor, path)
        for (index, parameter) in weights {
            let isWhole = parameter.specification.fileType == .int32
            let bits = model.weights(at: index).map {
                (isWhole ? UInt32(bitPattern: Int32($0)) : $0.bitPattern).littleEndian
            }
            try write(bits, descriptor, path)
        }
        try output.commit()
    }

    private static func write<Number: BitwiseCopyable>(
        _ numbers: [Number], _ descriptor: Int32, _ path: String
    ) throws(OutputError) {
        try numbers.span.bytes.withUnsafeBytes { bytes throws(OutputError) in
            var rest = bytes
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, min(rest.count, 1 << 26))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    throw OutputError(path: path, stage: .write, code: count == 0 ? ENOSPC : errno)
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }
}
