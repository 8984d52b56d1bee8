import Glibc

/// Seconds that cores have worked, which other programs on the machine disturb less than the time on the wall.
enum ProcessorTime {
    /// Of the calling thread.
    static var thread: Double { seconds(CLOCK_THREAD_CPUTIME_ID) }

    /// Of all threads of this process.
    static var process: Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
