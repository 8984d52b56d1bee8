import ArgumentParser
import Conversion
import DataSource
import Glibc
import HDF5Store
import KerasFiles
import Memory
import Shards
import Training

/// The exit statuses of the contract.
enum ExitStatus: Int32 {
    case usage = 64
    case invalid = 65
    case missing = 66
    case `internal` = 70
    case cannotCreate = 73
    case inputOutput = 74
    case stopped = 75
    case configuration = 78
}

/// A failure of a command: what to print, and the status to end with.
struct CommandFailure: Error {
    let status: ExitStatus
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// The status that the contract gives an error of the library.
    init(_ error: any Error) {
        switch error {
        case let error as CommandFailure: self = error
        case let error as KerasFileError: self.init(Self.status(of: error.kind), error.description)
        case let error as ConversionError: self.init(Self.status(of: error.kind), error.description)
        case let error as ShardError: self.init(Self.status(of: error.kind), error.description)
        case let error as DataError: self.init(Self.status(of: error.kind), error.description)
        case let error as HDF5Error: self.init(Self.status(of: error.kind), error.description)
        case let error as OutputError:
            self.init(error.stage == .create ? .cannotCreate : .inputOutput, error.description)
        case let error as TrainingError:
            if let data = error.underlying as? DataError {
                self.init(data)
            } else if let output = error.underlying as? OutputError {
                self.init(output)
            } else {
                self.init(Self.status(of: error.kind), error.description)
            }
        default: self.init(.internal, "\(error)")
        }
    }

    /// Runs `body`; an error about data that names no file gets the name of theirs.
    static func naming<Result>(
        _ data: String, validation: String? = nil, _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch let error as TrainingError where error.kind == .data && !(error.underlying is DataError) {
            let isValidation = error.description.hasPrefix("validation data")
            throw CommandFailure(.invalid, "\(isValidation ? validation ?? data : data): \(error.description)")
        }
    }

    private static func status(of kind: KerasFileError.Kind) -> ExitStatus {
        switch kind {
        case .missing: .missing
        case .invalid: .invalid
        case .cannotCreate: .cannotCreate
        case .inputOutput: .inputOutput
        }
    }

    private static func status(of kind: DataError.Kind) -> ExitStatus {
        switch kind {
        case .fileUnavailable: .missing
        case .invalid: .invalid
        case .readFailed: .inputOutput
        case .usage: .usage
        }
    }

    private static func status(of kind: ConversionError.Kind) -> ExitStatus {
        switch kind {
        case .exists: .cannotCreate
        case .usage: .usage
        case .memory: .configuration
        case .badRow, .invalid: .invalid
        case .stopped: .stopped
        }
    }

    private static func status(of kind: ShardError.Kind) -> ExitStatus {
        switch kind {
        case .missing, .permission: .missing
        case .readFailed: .inputOutput
        case .damaged, .changed, .inconsistent, .unfinished, .unsupported, .invalid: .invalid
        }
    }

    private static func status(of kind: HDF5Error.Kind) -> ExitStatus {
        switch kind {
        case .missing, .permission: .missing
        case .damaged, .changed, .noObject, .unsupported, .corrupt: .invalid
        case .cannotCreate: .cannotCreate
        case .readFailed, .writeFailed: .inputOutput
        }
    }

    private static func status(of kind: TrainingError.Kind) -> ExitStatus {
        switch kind {
        case .usage: .usage
        case .data: .invalid
        case .configuration: .configuration
        case .checkpoint: .invalid
        case .output: .inputOutput
        case .engine: .internal
        }
    }

    /// Prints the message and ends the process.
    func end() -> Never {
        printError("millrace: \(message)")
        exit(status.rawValue)
    }
}

/// Prints a line of data on standard output; a full disk or a reader that went away is an error, not a silent success.
func printOutput(_ line: String) throws(CommandFailure) {
    let text = Array((line + "\n").utf8)
    var written = 0
    while written < text.count {
        let count = text.withUnsafeBytes { write(1, $0.baseAddress! + written, $0.count - written) }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else {
            throw CommandFailure(.inputOutput, "writing standard output failed: \(String(cString: strerror(errno)))")
        }
        written += count
    }
}

/// Prints a line for a person, on standard error.
func printError(_ line: String) {
    var text = line + "\n"
    text.withUTF8 { bytes in _ = write(2, bytes.baseAddress, bytes.count) }
}
