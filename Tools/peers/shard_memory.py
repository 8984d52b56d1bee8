"""The peak memory of a process and its workers together: sampled proportional sizes, so shared pages count once."""

import os
import threading

from peer_process import peak_resident_bytes

INTERVAL = 0.1


def children(process):
    for task in os.listdir(f"/proc/{process}/task"):
        with open(f"/proc/{process}/task/{task}/children") as file:
            for child in file.read().split():
                yield child
                yield from children(child)


def proportional_bytes(process):
    try:
        with open(f"/proc/{process}/smaps_rollup") as file:
            for line in file:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        pass  # it has just ended, or was a worker of a trial that nobody has waited for
    return 0


class MemoryWatch:
    """Watches from its creation. Without workers it is the process's own high-water mark, which misses nothing."""

    def __init__(self):
        self.peak, self.workers, self.lock = 0, 0, threading.Lock()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        stop = threading.Event()
        while True:
            self.sample()
            stop.wait(INTERVAL)

    def sample(self):
        try:
            workers = list(filter(None, map(proportional_bytes, children(os.getpid()))))
        except (FileNotFoundError, ProcessLookupError):
            return  # a thread or a worker has just ended
        if workers:
            total = sum(workers) + proportional_bytes(os.getpid())
            with self.lock:
                self.peak, self.workers = max(self.peak, total), max(self.workers, len(workers))

    def peak_bytes(self):
        self.sample()
        return max(self.peak, peak_resident_bytes())
