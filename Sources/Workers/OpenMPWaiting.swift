import Glibc

/// How long the threads of the OpenMP pool spin while they wait for work.
///
/// libgomp's threads spin for milliseconds by default. Alone on a machine that is fastest; beside decode workers, or any
/// other process, a spinning thread holds a core that others need, uses up its share of the scheduler, and is then itself
/// late at the next barrier: a training step that takes 2 ms alone took 100 ms on two busy cores. A bound of some hundred
/// microseconds keeps threads awake over the gaps inside a step and gives the core away in longer waits.
package enum OpenMPWaiting {
    /// Rounds of spinning before a thread sleeps: about 150 µs.
    private static let spinCount = "10000"

    /// Restarts the program with the bound in its environment, unless the user has chosen a policy there. libgomp reads
    /// the environment before any of our code runs, so there is no later way. Returns if nothing is to be done, or if the
    /// system refuses, which costs speed only.
    package static func restartBounded() {
        guard getenv("GOMP_SPINCOUNT") == nil, getenv("OMP_WAIT_POLICY") == nil else { return }
        // The program's own path, so that process lists go on showing its name.
        guard let path = realpath("/proc/self/exe", nil) else { return }
        defer { free(path) }
        setenv("GOMP_SPINCOUNT", spinCount, 1)
        execv(path, CommandLine.unsafeArgv)
    }
}
