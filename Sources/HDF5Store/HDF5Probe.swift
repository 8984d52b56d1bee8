internal import CHDF5
import Glibc
internal import Workers

/// Tries in a child process what may crash the library.
///
/// libhdf5 1.10.8 does not survive every damaged file: of 60,000 random mutations of valid files 40 crashed it, in
/// `H5Lget_name_by_idx`, `H5Gget_info`, `H5Dopen2` and below them, and a few kept it busy for ever. A run of days must
/// not end like that because of one bad file among many, so a file's lists and datasets are looked at in a child first,
/// which costs a fork: less than a millisecond while the process is small, as it is when data are opened.
///
/// A trial shows crashes, and nothing else: damage that makes the library read or write outside a block of memory
/// without a crash passes it, and then happens here. Where such places are known they are kept from the library:
/// tables of links (`HDF5File.groupNames`), compact data that are too short (`Opened`), chunks of its own filters
/// (`HDF5Dataset.checkStoredChunks`). Known and left are reads behind a message of the header while it is decoded:
/// names of external files, values of an enumeration of another size than its type. Under the thread sanitizer there
/// are no trials.
enum HDF5Probe {
    /// Processor time that a sound file's metadata never take: a million chunks take less than a second.
    private static func secondsAllowed(_ path: String) -> UInt32 {
        var information = stat()
        guard unsafe stat(path, &information) == 0 else { return 3 }
        return 3 + UInt32(clamping: Int(information.st_size) / (100 << 20))
    }

    /// A child that waits for a file system that does not answer says nothing about the file.
    private static let patience: UInt32 = 60

    private final class Body {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }

    /// Runs `body` in a child process, and throws when that crashed. Called inside the library's lock.
    static func check(
        _ path: String, object: String? = nil, _ doing: String, _ body: () -> Void
    ) throws(HDF5Error) {
        let signal = withoutActuallyEscaping(body) { body in
            let context = unsafe Unmanaged.passRetained(Body(body))
            defer { unsafe context.release() }
            let seconds = secondsAllowed(path)
            return unsafe millrace_try(
                { context in
                    guard let context = unsafe context else { return }
                    // The thread that holds the lock in the parent is another one here.
                    HDF5Library.resetLockInChild()
                    unsafe Unmanaged<Body>.fromOpaque(context).takeUnretainedValue().run()
                }, context.toOpaque(), seconds, patience)
        }
        guard signal != 0 else { return }
        throw HDF5Error(
            .damaged, path: path, object: object,
            "\(doing) "
                + (signal == SIGXCPU
                    ? "does not come to an end in the HDF5 library" : "crashes the HDF5 library (signal \(signal))")
                + ": the file's metadata are damaged;"
                + " restore it from a copy, or salvage what h5dump still reads")
    }
}
