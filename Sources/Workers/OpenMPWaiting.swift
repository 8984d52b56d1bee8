import Glibc

/// How the threads of the OpenMP pool wait for work.
///
/// libgomp's threads spin for milliseconds by default. Alone on a machine that is fastest; beside decode workers, or any
/// other process, a spinning thread holds a core that others need, uses up its share of the scheduler, and is then itself
/// late at the next barrier: a training step that takes 2 ms alone took 100 ms on two busy cores.
///
/// libgomp reads the environment before any of our code runs. So a process that is to wait in another way starts itself
/// again, and notes in its environment that it did.
package enum OpenMPWaiting: String, CaseIterable, Sendable {
    /// About 150 µs of spinning, then sleep: keeps threads awake over the gaps inside a step and gives the core away in
    /// longer waits.
    case bounded
    /// Sleep at once.
    case passive
    /// Spin for as long as it takes.
    case active

    /// What libgomp reads.
    private var variable: (name: String, value: String) {
        switch self {
        case .bounded: ("GOMP_SPINCOUNT", "10000")
        case .passive: ("OMP_WAIT_POLICY", "passive")
        case .active: ("OMP_WAIT_POLICY", "active")
        }
    }

    private static let variables = ["GOMP_SPINCOUNT", "OMP_WAIT_POLICY"]
    /// Says that the variables of this process are ours, and which.
    private static let mark = "MILLRACE_OPENMP_WAIT"

    /// `GOMP_SPINCOUNT=10000`.
    package var text: String { "\(variable.name)=\(variable.value)" }

    /// How this process was started by `restart`; nil when it was not, or somebody has changed the variables since.
    package static var current: OpenMPWaiting? {
        guard let waiting = value(mark).flatMap(OpenMPWaiting.init) else { return nil }
        return set == [waiting.text] ? waiting : nil
    }

    /// What whoever started this process has chosen in the environment, as `NAME=value`; nil where nothing is.
    package static var given: String? { current != nil || set.isEmpty ? nil : set.joined(separator: " ") }

    /// The variables that are set, as `NAME=value`.
    private static var set: [String] { variables.compactMap { name in value(name).map { "\(name)=\($0)" } } }

    private static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Starts this program again with threads that wait like this, unless they do already, or whoever started it has
    /// chosen in the environment. Returns if nothing is to be done, or if the system refuses, which costs speed only.
    ///
    /// - Parameter arguments: those of the new start, the program's name first.
    package func restart(arguments: [String]) {
        guard Self.current != self, Self.given == nil, let path = Self.program else { return }
        var words = arguments.map { strdup($0) } + [nil]
        var environment = self.environment.map { strdup($0) } + [nil]
        execve(path, &words, &environment)
        for word in words + environment { free(word) }
    }

    /// The environment of a process whose threads wait like this: that of this one otherwise, as `NAME=value`.
    package var environment: [String] {
        var entries: [String] = []
        var next = environ
        while let entry = next.pointee {
            entries.append(String(cString: entry))
            next += 1
        }
        let ours = Self.variables + [Self.mark]
        entries.removeAll { entry in ours.contains { entry.hasPrefix("\($0)=") } }
        return entries + [text, "\(Self.mark)=\(rawValue)"]
    }

    /// The program's own path, so that process lists go on showing its name.
    package static var program: String? {
        guard let path = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }
}
