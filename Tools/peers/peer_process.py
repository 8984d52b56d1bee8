"""What every peer's process does: its threads, its log, its memory, its trials, and the one line that it prints."""

import json
import multiprocessing
import os
import sys
import time


def limit_threads(count):
    """Before any library starts its threads."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(count)


def log(text):
    print(text, file=sys.stderr, flush=True)


def peak_resident_bytes(process="self"):
    """VmHWM is of this program alone, where getrusage's maximum can be inherited from the one that started it."""
    with open(f"/proc/{process}/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def workers_peak_resident_bytes():
    """The sum over this process's data workers, which share pages with it and each other."""
    return sum(peak_resident_bytes(child.pid) for child in multiprocessing.active_children())


def processor_seconds():
    """What this process and its data workers, those that have ended too, have worked."""
    times = os.times()
    total = time.process_time() + times.children_user + times.children_system
    for worker in multiprocessing.active_children():
        with open(f"/proc/{worker.pid}/stat") as status:
            # After the name in brackets, which may hold spaces, utime and stime are the fields 11 and 12.
            fields = status.read().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def seconds_since_start():
    """Since the system started this process, in steps of a clock tick, which is 10 ms. An exec does not count anew."""
    with open("/proc/self/stat") as status:
        # After the name in brackets, which may hold spaces, starttime is the field 19.
        ticks = int(status.read().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


def answer_channel():
    """Where the line goes. Libraries that print from C would spoil it: they print to standard error."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answer


def fastest(variants, samples, repeats=3):
    """`variants` maps names to functions of a number of epochs of `samples`, which give the seconds of each. The first
    of `repeats` warms up, the best of the others counts."""
    if len(variants) == 1:
        return next(iter(variants))
    speeds = {}
    for name, run in variants.items():
        try:
            speeds[name] = samples / min(run(repeats)[1:])
            log(f"trial: {name}: {speeds[name]:.0f} samples/s")
        except Exception as error:  # a variant may need what the machine lacks, such as a compiler
            failure = f"{type(error).__name__}: {error}"
            log(f"trial: {name}: failed: {failure}")
    if not speeds:
        sys.exit(f"no variant ran; the last one: {failure}")
    return max(speeds, key=speeds.get)


def restart(answer, variant):
    """Starts the program anew with one variant, so that trials leave neither memory nor threads behind."""
    for worker in multiprocessing.active_children():
        worker.terminate()
    os.dup2(answer.fileno(), 1)
    os.execv(sys.executable, [sys.executable, *sys.argv, "--variant", variant])


def check_variant(variant, variants):
    if variant not in variants:
        sys.exit(f"no variant {variant!r}; there are: {'; '.join(variants)}")


def finish(answer, line):
    answer.write(json.dumps(line) + "\n")
    answer.flush()
    for worker in multiprocessing.active_children():
        worker.terminate()
    # Some libraries' threads outlive the main one badly; everything is said.
    sys.stderr.flush()
    os._exit(0)
