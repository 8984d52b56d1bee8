// The command line: parses arguments, prints, chooses exit statuses, and nothing else. All work is the library's.

import ArgumentParser
import Glibc
import Workers

@main
struct MillraceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "millrace",
        abstract: "Trains neural networks on datasets larger than memory.",
        discussion: """
            A Keras model and an HDF5 file go in, a trained Keras model comes out:

              millrace train --model net.keras --data train.h5 --epochs 5 --memory 512MiB --out trained.keras
            """,
        subcommands: [Train.self, Evaluate.self, Predict.self, Inspect.self, Shard.self, Tune.self, TunePiece.self])

    static func main() {
        // A reader of a pipe that went away is an error of writing, not the end of a training run.
        signal(SIGPIPE, SIG_IGN)
        do {
            let arguments = try ConfigFile.expand(Array(CommandLine.arguments.dropFirst()))
            var command = try parseAsRoot(arguments)
            let options = (command as? any ComputingCommand)?.data
            options?.sayWhichWaitingWins()
            // A piece waits as it was started. Else with the options of the file in place of its name: it may change until
            // then.
            if !(command is TunePiece) {
                (options?.openMPWait ?? .bounded).restart(arguments: [CommandLine.arguments[0]] + arguments)
            }
            try command.run()
        } catch let failure as CommandFailure {
            failure.end()
        } catch  where exitCode(for: error) == .validationFailure || exitCode(for: error) == .success {
            // Wrong usage, or a request for help, which is no failure.
            exit(withError: error)
        } catch {
            CommandFailure(error).end()
        }
    }
}
