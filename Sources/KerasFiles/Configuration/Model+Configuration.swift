import Glibc
import JSONText
import Memory
import NeuralNetwork

extension Model {
    /// The model of a Keras configuration, the text that `model.to_json()` gives: layers and compile configuration, with
    /// weights as the layers' initializers make them, or those of a file.
    ///
    /// - Parameters:
    ///   - weights: a file with weights; nil: they are drawn.
    ///   - seed: of the weights that are drawn.
    /// - Throws: `KerasFileError` as `load`, and for a model whose weights the machine's memory does not hold.
    static func loadConfiguration(_ path: String, weights: String?, seed: UInt64) throws(KerasFileError) -> Model {
        let model = try decoded(try contents(path), name: "the configuration", weightsBytes: nil, from: path)
        guard weights == nil else {
            model.ownLayers()
            return model
        }
        do { try model.drawWeights(seed: seed) } catch { throw KerasFileError(.invalid, path, error.description) }
        return model
    }

    /// Decodes a configuration.
    ///
    /// - Parameters:
    ///   - name: of the text, for messages.
    ///   - weightsBytes: of the file with the weights; nil: there is none.
    static func decoded(
        _ text: [UInt8], name: String, weightsBytes: Int?, from path: String
    ) throws(KerasFileError) -> Model {
        do throws(ConfigurationError) {
            let root: JSONValue
            do {
                root = try JSONValue(parsing: text)
            } catch {
                throw ConfigurationError("\(name): \(error.description)")
            }
            return try ModelDecoder.decode(root, weightsBytes: weightsBytes, ledger: MemoryLedger())
        } catch {
            throw KerasFileError(.invalid, path, error.reason)
        }
    }

    // No model's text has more.
    private static let mostBytes = 256 << 20

    private static func contents(_ path: String) throws(KerasFileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw KerasFileError(.missing, path, String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG,
            information.st_size <= mostBytes
        else { throw KerasFileError(.invalid, path, "expected a regular file of at most \(ByteCount(mostBytes))") }
        var text = [UInt8](repeating: 0, count: Int(information.st_size))
        var done = 0
        while done < text.count {
            let count = text.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + done, $0.count - done) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                let reason = count == 0 ? "it became shorter" : String(cString: strerror(errno))
                throw KerasFileError(.inputOutput, path, "reading it: \(reason)")
            }
            done += count
        }
        return text
    }
}
