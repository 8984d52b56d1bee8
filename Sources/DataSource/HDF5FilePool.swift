import HDF5Store
import Workers

/// The files of an `HDF5Source`, of which a limited number are open.
///
/// The library holds 0.57 MiB for each open file (measured with HDF5 1.10.8: 1,000 files of two small datasets), and a
/// process has a limited number of file descriptors. So beyond `mostOpen` files the one that was asked for longest ago
/// is closed, and opened again when its turn comes, which takes about a millisecond.
final class HDF5FilePool: Sendable {
    /// Files that are kept open.
    static let mostOpen = 64

    /// What an open file holds.
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

    /// Whether no file is ever closed.
    var holdsAll: Bool { facts.count <= Self.mostOpen }

    /// Memory of open files, but for one, which the base of the memory plan has room for.
    var byteCount: Int { (min(facts.count, Self.mostOpen) - 1) * Self.openFileBytes }

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

    private func reopen(_ number: Int) throws(DataError) -> [HDF5Dataset] {
        let known = facts[number]
        do throws(HDF5Error) {
            let file = try HDF5File(path: known.path)
            var datasets: [HDF5Dataset] = []
            for name in names { datasets.append(try file.dataset(name)) }
            let isSame =
                file.bytes?.byteCount == known.byteCount && datasets.map(\.shape) == known.shapes
                && datasets.map(\.type.scalar) == known.columns.map(\.type)
            guard isSame else {
                throw HDF5Error(
                    .damaged, path: known.path,
                    "it was changed since the run began: expected \(known.summary), found"
                        + " \(file.bytes?.byteCount ?? 0) bytes; "
                        + datasets.map { "\($0.name) \($0.shape) \($0.type)" }.joined(separator: "; "))
            }
            return datasets
        } catch {
            throw DataError(error)
        }
    }
}
