// Reads damaged HDF5 files, in great number, in the way that training does: nothing may crash, hang or read out of
// bounds.
//
// The program starts itself as workers with a range of inputs each (`Supervisor`). A worker makes an input by damaging
// a valid file (`Mutation`), writes it to memory-backed storage, and opens and reads it (`Trial`). An input is a pure
// function of the seed, its number and the files, so that any of them can be made again.

import ArgumentParser
import Glibc

@main
struct FuzzCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "millrace-fuzz",
        abstract: "Reads random mutations of HDF5 files and counts what happens.",
        discussion: """
            An input that crashes a worker or takes longer than the time limit is saved, and the rest goes on. The \
            exit status is 0 when there was none, else 1. To make one input again: --only NUMBER --save FILE, with the same \
            seed and files.
            """)

    @Argument(help: "Valid HDF5 files.")
    var files: [String]

    @Option(help: "Inputs to try.")
    var count = 100_000

    @Option(help: "The number of the first input.")
    var first = 0

    @Option(help: "Chooses the mutations.")
    var seed: UInt64 = 1

    @Flag(help: "Leaves checksums wrong, as accidents do; otherwise two of three inputs have them mended.")
    var keepChecksums = false

    @Option(help: "Processes at a time.")
    var workers = 2

    @Option(help: "Seconds after which an input is taken to hang.")
    var timeLimit = 20

    @Option(help: "Where inputs that crash or hang are saved.")
    var folder = "fuzz-failures"

    @Option(help: "Where inputs are written while they are read.")
    var scratch = "/dev/shm"

    @Option(help: "Tries this input alone, in this process.")
    var only: Int?

    @Option(help: "With --only: writes the input there instead of reading it.")
    var save: String?

    @Flag(help: .hidden)
    var worker = false

    func validate() throws {
        guard count > 0, first >= 0, workers > 0, timeLimit > 0 else {
            throw ValidationError("counts, workers and the time limit must be positive")
        }
        guard save == nil || only != nil else { throw ValidationError("--save needs --only") }
    }

    func run() throws {
        let corpus = try Corpus(paths: files)
        if let only {
            let input = corpus.input(seed: seed, number: only, mends: !keepChecksums)
            if let save {
                try InputFile.write(input, to: save)
            } else {
                print(try Trial(scratch: scratch).run(input).text)
            }
        } else if worker {
            let trial = Trial(scratch: scratch)
            var ready = Supervisor.isReady
            guard Glibc.write(1, &ready, 1) == 1 else { return }
            for number in first..<(first + count) {
                var outcome = try trial.run(corpus.input(seed: seed, number: number, mends: !keepChecksums)).code
                // One byte for each input: the supervisor counts them, and knows which input was the last.
                guard Glibc.write(1, &outcome, 1) == 1 else { return }
            }
        } else {
            let totals = try Supervisor(self, corpus: corpus).run()
            print(totals.text)
            if totals.crashed + totals.hung > 0 { throw ExitCode(1) }
        }
    }
}
