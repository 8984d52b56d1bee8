import CKernels
import Files
import Glibc
import HDF5Store
import Workers

/// The files of an `HDF5Source`, of which a limited number are open.
///
/// The library holds 0.57 MiB for each open file (measured with HDF5 1.10.8: 1,000 files of two small datasets), and a
/// process has a limited number of file descriptors. So beyond `mostOpen` files the one that was asked for longest ago
/// is closed, and opened again when its turn comes, which takes about a millisecond.
final class HDF5FilePool: Sendable {
    /// Files that are kept open: fewer where a process may have few, since each takes two descriptors.
    static let mostOpen: Int = {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 16 }
        return min(64, max(1, Int(clamping: limit.rlim_cur) / 8))
    }()

    /// What an open file holds. The files of the pool are open before a run is planned, and are part of what the process
    /// holds already; a reader may hold others.
    static let openFileBytes = 600 << 10

    /// The names of the columns' datasets.
    let names: [String]
    let facts: [HDF5PartFacts]

    // Open files; the one asked for last is at the end.
    private let open: Monitor<[(number: Int, datasets: [HDF5Dataset])]>

    /// - Parameter open: files that are open already, by number; at most `mostOpen`.
    init(names: [String], facts: [HDF5PartFacts], open: [(number: Int, datasets: [HDF5Dataset])]) {
        self.names = names
        self.facts = facts
        self.open = Monitor(open)
    }

    /// Has the memory of closed files returned to the system: before the first of more than `mostOpen` files is opened.
    ///
    /// glibc's allocator keeps freed blocks of the size of the library's tables (512 KiB a file) in the heap of each
    /// thread that closed one: 1,000 files took 125 MiB instead of 87.
    static func prepare() { millrace_map_large_blocks(256 << 10) }

    /// Whether no file is ever closed.
    var holdsAll: Bool { facts.count <= Self.mostOpen }

    /// The datasets of a file, opened again if need be. From any thread.
    func datasets(of number: Int) throws(DataError) -> [HDF5Dataset] {
        let known = open.update { open -> [HDF5Dataset]? in
            guard let index = open.firstIndex(where: { $0.number == number }) else { return nil }
            open.append(open.remove(at: index))
            return open[open.count - 1].datasets
        }
        if let known { return known }
        let datasets = try reopen(number)
        // The one that goes is closed outside of the lock, by the release of what is returned here.
        _ = open.update { open -> [HDF5Dataset]? in
            guard !open.contains(where: { $0.number == number }) else { return nil }
            open.append((number, datasets))
            return open.count > Self.mostOpen ? open.removeFirst().datasets : nil
        }
        return datasets
    }

    // Data that lie in other files can change with the named one as it was.
    private static func compare(
        _ dataset: HDF5Dataset, with known: HDF5PartFacts, column: Int
    ) throws(HDF5Error) {
        let (before, now) = (known.stamps[column], dataset.stamps)
        for (old, new) in zip(before, now) where old != new {
            throw HDF5Error(FileError(change: old.stamp, to: new.stamp, path: new.path))
        }
        let expected = known.columns[column]
        let isSame =
            before.count == now.count && dataset.type.scalar == expected.type
            && dataset.rowShape == expected.rowShape && dataset.rowCount == known.blocks.rowCount
        guard isSame else {
            throw HDF5Error(
                .changed, path: known.path, object: dataset.name,
                "the data changed while they were in use: expected \(known.blocks.rowCount) rows of \(expected.type) "
                    + "\(expected.rowShape) in \(before.count) files, found \(dataset.listing) in \(now.count) files; "
                    + "let whatever writes them finish, then start again")
        }
    }

    private func reopen(_ number: Int) throws(DataError) -> [HDF5Dataset] {
        let known = facts[number]
        do throws(HDF5Error) {
            let file = try HDF5File(path: known.path)
            let now = file.bytes.stamp
            if known.stamp != now { throw HDF5Error(FileError(change: known.stamp, to: now, path: known.path)) }
            var datasets: [HDF5Dataset] = []
            for (index, name) in names.enumerated() {
                let dataset = try file.dataset(name)
                try Self.compare(dataset, with: known, column: index)
                datasets.append(dataset)
            }
            return datasets
        } catch {
            throw DataError(error)
        }
    }
}
