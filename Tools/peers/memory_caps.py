"""What happens under caps on memory: millrace in a cgroup of exactly its cap, over models, kinds of data, caps and sizes
of datasets, and the peers in the same cgroup.

    python Tools/peers/make_bench_models.py bench-models/
    python Tools/peers/memory_caps.py --models-dir bench-models/ --work caps/

The first table runs every model on gzip HDF5 and on shards under several caps, the smallest one included: that which the
command itself names. A run fails if its peak (the kernel's VmHWM, code and libraries included) is above the cap, if it is
killed, or if 5 % less than the smallest cap is not refused. The second one lets the dataset grow to 2, 10 and 40 times the
cap, reads as many bytes of each in all, and compares what is resident: the median over the second half of a run, and the
median of alternating rounds, since pages of code come and go as the kernel likes. Peaks, which are those of opening and
saving, stand beside it. The third one is samples per second against the cap. The fourth one runs each of the
peers' ways of streaming HDF5 in a cgroup of the first cap, and without any.

Datasets are float32 rows whose chunks repeat: the decoders' work is real, and 2 GiB are written in seconds. A cgroup needs
a mounted memory controller (version 1 or 2) in which this user may make groups; without one the peak alone is looked at, and
the tables say so. Groups lie inside this process's own (version 1) or beside it (version 2), so that limits above them hold
on. They have no swap where the kernel counts it.
"""

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

MIB = 1 << 20
SHAPES = {"mlp": (784,), "convnet": (28, 28, 1), "resnet20": (32, 32, 3), "lstm": (64, 32)}
BATCHES = {"mlp": 128, "convnet": 128, "resnet20": 32, "lstm": 64}
STEPS = {"mlp": 600, "convnet": 150, "resnet20": 25, "lstm": 60}
CHUNK_ROWS = 64

# What a reader knows them by, and what `bench_peers.py` does: one way at a time, for trials would fail in a small group.
PEERS = (
    ("PyTorch DataLoader, 1 worker", "pytorch", "DataLoader, 1 workers, eager"),
    ("PyTorch DataLoader, 2 workers", "pytorch", "DataLoader, 2 workers, eager"),
    ("Keras PyDataset, TensorFlow", "keras-tensorflow", "PyDataset, 2 worker threads, no XLA"),
    ("tf.data", "keras-tensorflow", "tf.data over h5py, no XLA"),
    ("Keras PyDataset, JAX", "keras-jax", "PyDataset, 2 worker threads, XLA"),
)


def group_parents():
    """The directories in which this process may make memory groups, with the version of their controller."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            yield Path("/sys/fs/cgroup/memory", path.lstrip("/")), 1
        elif not controllers:
            # A group that holds processes has none below it that limit memory.
            yield Path("/sys/fs/cgroup", path.lstrip("/")).parent, 2


class Group:
    """A memory cgroup of a limit; without a controller, nothing."""

    def __init__(self, limit):
        self.path, self.version = None, 0
        name = f"millrace-caps-{os.getpid()}"
        for root, version in group_parents():
            path = root / name
            file = "memory.limit_in_bytes" if version == 1 else "memory.max"
            try:
                path.mkdir()
                (path / file).write_text(str(limit))
            except OSError:
                if path.is_dir():
                    path.rmdir()
                continue
            self.path, self.version = path, version
            try:
                swap = "memory.memsw.limit_in_bytes" if version == 1 else "memory.swap.max"
                (path / swap).write_text(str(limit if version == 1 else 0))
            except OSError:
                pass  # a kernel without counted swap
            return

    def enter(self):
        if self.path:
            (self.path / "cgroup.procs").write_text(str(os.getpid()))

    def close(self):
        """Whether the kernel ended a process for the limit."""
        if not self.path:
            return False
        events = self.path / ("memory.oom_control" if self.version == 1 else "memory.events")
        killed = re.search(r"^oom_kill (\d+)", events.read_text(), re.M)
        for _ in range(50):
            try:
                self.path.rmdir()
                break
            except OSError:
                time.sleep(0.1)
        return bool(killed and int(killed[1]))


class Sampler(threading.Thread):
    """Looks at what is resident of a process, and what of that is not pages of files, until the process has ended."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process = process
        self.sizes = []

    def run(self):
        while self.process.poll() is None:
            try:
                status = Path(f"/proc/{self.process.pid}/status").read_text()
            except OSError:
                return
            found = [re.search(rf"^{key}:\s+(\d+) kB", status, re.M) for key in ("VmRSS", "RssAnon")]
            if all(found):
                self.sizes.append([int(match[1]) << 10 for match in found])
            time.sleep(0.02)

    def medians(self):
        """Of the second half of the time: all of it, and without pages of files."""
        half = self.sizes[len(self.sizes) // 2:]
        return [statistics.median(sizes) for sizes in zip(*half)] if half else [0, 0]


def run(command, limit=None, environment=None, seconds=None, sampler=None):
    """The process's exit status, output and errors, and whether it was killed for its memory. With `seconds`, it and what
    it has started are ended after so many. `sampler` makes what looks at the process while it runs."""
    group = Group(limit) if limit else None
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=group.enter if group else None,
        env={**os.environ, **(environment or {})}, start_new_session=True,
    )
    if sampler:
        sampler(process)
    try:
        output, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        output, errors = "", f"not done after {seconds} s"
    result = subprocess.CompletedProcess(command, process.returncode, output, errors)
    return result, group.close() if group else False


def write_rows(path, model, rows):
    import h5py
    import numpy as np

    shape = SHAPES[model]
    random = np.random.default_rng(1)
    blocks = (random.integers(0, 16, (16, CHUNK_ROWS, *shape)) / 16).astype("f4")
    packed = [zlib.compress(block.view("u1").reshape(-1, 4).T.tobytes(), 1) for block in blocks]
    rows = max(1, rows // CHUNK_ROWS) * CHUNK_ROWS
    with h5py.File(path, "w") as file:
        x = file.create_dataset("x", (rows, *shape), "f4", chunks=(CHUNK_ROWS, *shape), compression=1, shuffle=True)
        for index in range(rows // CHUNK_ROWS):
            x.id.write_direct_chunk((index * CHUNK_ROWS,) + (0,) * len(shape), packed[index % len(packed)])
        file.create_dataset("y", data=random.integers(0, 10, rows).astype("i4"), chunks=(min(rows, 4096),), compression=1)


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.work = Path(arguments.work)
        self.work.mkdir(parents=True, exist_ok=True)
        self.failures = 0
        probe = Group(64 * MIB)
        self.has_groups = probe.path is not None
        probe.close()

    def data(self, model, mebibytes, kind):
        file = self.work / f"{model}-{mebibytes}.h5"
        if not file.exists():
            size = 4
            for extent in SHAPES[model]:
                size *= extent
            write_rows(file, model, mebibytes * MIB // size)
        if kind == "hdf5":
            return file
        folder = self.work / f"{model}-{mebibytes}-shards"
        if not folder.exists():
            command = [self.arguments.millrace, "shard", "convert", file, "--out", folder, "--memory", "512MiB", "--quiet"]
            subprocess.run(command, check=True)
        return folder

    def train(self, model, data, cap, steps, in_group=True, epochs=1, sampler=None):
        """Exit status, the log's last line and that of its last epoch, the errors, and whether it was killed."""
        log, out = self.work / "log.jsonl", self.work / "out.keras"
        for path in (log, out):
            path.unlink(missing_ok=True)
        command = [
            self.arguments.millrace, "train", "--model", f"{self.arguments.models_dir}/{model}.keras", "--data", data,
            "--batch-size", str(BATCHES[model]), "--optimizer", "adam", "--loss", "sparse_categorical_crossentropy",
            "--log", log, "--log-every", "1000000", "--out", out, "--quiet", "--epochs", str(epochs),
        ]
        if steps:
            command += ["--steps-per-epoch", str(steps)]
        if cap:
            command += ["--memory", str(cap)]
        result, killed = run(command, cap if in_group else None, sampler=sampler)
        lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        epoch = next((line for line in reversed(lines) if line["event"] == "epoch"), {})
        return result, (lines[-1] if lines else {}), epoch, killed

    def smallest(self, model, data):
        """The cap that the command names when it is given too little."""
        result, *_ = self.train(model, data, 1 * MIB, 1, in_group=False)
        found = re.search(r"smallest cap that works is (\d+)MiB", result.stderr)
        if result.returncode != 78 or not found:
            sys.exit(f"{model}: expected exit status 78 and the smallest cap, found {result.returncode}: {result.stderr}")
        return int(found[1])

    def check(self, ok, text):
        self.failures += not ok
        return f"{text}{'' if ok else '  FAILED'}"

    def combinations(self):
        print(f"caps, {'each run in a cgroup of its cap' if self.has_groups else 'no cgroups here: peaks only'}")
        print(f"  {'model':10}{'data':8}{'cap':>10}{'peak':>12}{'of cap':>8}{'samples/s':>11}  window")
        for model in self.arguments.models:
            for kind in ("hdf5", "shards"):
                data = self.data(model, self.arguments.mebibytes, kind)
                least = self.smallest(model, data)
                below, *_ = self.train(model, data, int(least * 0.95) * MIB, 1)
                if below.returncode != 78:
                    print(self.check(False, f"  {model} {kind}: 5 % less than {least} MiB is not refused"))
                for cap in [least] + [cap for cap in self.arguments.caps if cap > least]:
                    result, end, epoch, killed = self.train(model, data, cap * MIB, STEPS[model])
                    peak = end.get("peak_rss_bytes", 0)
                    ok = result.returncode == 0 and not killed and 0 < peak <= cap * MIB
                    window = end.get("peak_account_bytes", {}).get("window", 0)
                    note = "" if result.returncode == 0 else f" {'killed' if killed else result.stderr.strip()[-200:]}"
                    print(self.check(
                        ok,
                        f"  {model:10}{kind:8}{cap:>6} MiB{peak / MIB:>8.1f} MiB{100 * peak / cap / MIB:>6.0f} %"
                        f"{epoch.get('samples_per_second', 0):>11.0f}  {window / MIB:.1f} MiB{note}"), flush=True)

    def growth(self):
        cap, factors = self.arguments.growth_cap, (2, 10, 40)
        rounds = self.arguments.rounds
        print(f"\ndatasets that grow, cap {cap} MiB, medians of {rounds} alternating rounds")
        print(f"  {'model':10}{'dataset':>12}{'of cap':>8}{'resident':>12}{'anonymous':>13}{'peak':>12}{'samples/s':>11}")
        for model in self.arguments.growth:
            figures = {factor: [] for factor in factors}
            for _ in range(rounds):
                for factor in factors:
                    figures[factor].append(self.grown(model, cap, factor, epochs=factors[-1] // factor))
            medians = {factor: [statistics.median(column) for column in zip(*figures[factor])] for factor in factors}
            for factor in factors:
                resident, anonymous, peak, rate = medians[factor]
                print(f"  {model:10}{cap * factor:>8} MiB{factor:>7}x{resident / MIB:>8.1f} MiB{anonymous / MIB:>9.1f} MiB"
                      f"{peak / MIB:>8.1f} MiB{rate:>11.0f}", flush=True)
            spreads = [100 * (max(column) / max(1, min(column)) - 1) for column in list(zip(*medians.values()))[:3]]
            print(self.check(
                spreads[0] <= 2,
                f"  {model}: resident sizes differ by {spreads[0]:.1f} %, anonymous ones by {spreads[1]:.1f} %, peaks by "
                f"{spreads[2]:.1f} %"), flush=True)
            self.data(model, cap * factors[-1], "hdf5").unlink()

    def grown(self, model, cap, factor, epochs):
        """What is resident, without pages of files, the peak, and samples per second."""
        samplers = []

        def look(process):
            samplers.append(Sampler(process))
            samplers[0].start()

        data = self.data(model, cap * factor, "hdf5")
        result, end, epoch, killed = self.train(model, data, cap * MIB, None, epochs=epochs, sampler=look)
        samplers[0].join()
        peak = end.get("peak_rss_bytes", 0)
        if result.returncode or killed or not 0 < peak <= cap * MIB:
            print(self.check(False, f"  {model}, {factor}x: status {result.returncode}, peak {peak / MIB:.1f} MiB"))
        return *samplers[0].medians(), peak, epoch.get("samples_per_second", 0)

    def curve(self):
        """Speed against the cap, in alternating rounds."""
        data = self.data("convnet", self.arguments.mebibytes, "hdf5")
        caps = [self.smallest("convnet", data)] + self.arguments.caps + [None]
        speeds = {cap: [] for cap in caps}
        for _ in range(self.arguments.rounds):
            for cap in caps:
                _, _, epoch, _ = self.train("convnet", data, cap and cap * MIB, 2 * STEPS["convnet"])
                speeds[cap].append(epoch.get("samples_per_second", 0))
        medians = {cap: sorted(values)[len(values) // 2] for cap, values in speeds.items()}
        print(f"\nspeed against the cap: convnet, gzip HDF5, median of {self.arguments.rounds} alternating rounds")
        for cap in caps:
            share = medians[cap] / max(1, medians[None])
            name = f"{cap} MiB" if cap else "no cap"
            print(f"  {name:>10}{medians[cap]:>9.0f} samples/s{100 * share:>6.0f} %  {'#' * round(40 * share)}", flush=True)

    def peers(self):
        cap = self.arguments.caps[0]
        file = self.arguments.bench_data
        print(f"\nthe peers' streams of HDF5, convnet, in a cgroup of {cap} MiB and of none")
        for limit in (cap * MIB, None):
            for name, peer, variant in PEERS:
                command = [
                    sys.executable, Path(__file__).parent / "bench_peers.py", "--peer", peer, "--model", "convnet", "--data",
                    "hdf5", "--hdf5", file, "--steps", "50", "--blocks", "1", "--variant", variant,
                ]
                # Without room for its libraries' code a process reads that again and again, and comes to no batch.
                result, killed = run(command, limit, seconds=self.arguments.peer_seconds)
                line = result.stdout.strip().splitlines()[-1:] if result.returncode == 0 else []
                figures = json.loads(line[0]) if line else {}
                peak = figures.get("peak_rss_bytes", 0) + figures.get("workers_peak_rss_bytes", 0)
                reason = "killed for its memory" if killed else (result.stderr.strip().splitlines() or ["ended"])[-1][:90]
                what = f"peak {peak / MIB:.0f} MiB, {figures['samples_per_second']:.0f} samples/s" if figures else reason
                print(f"  {name:32}{f'{cap} MiB' if limit else 'none':>9}  {what}", flush=True)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millrace", default=".build/release/millrace")
    parser.add_argument("--models-dir", required=True, help="written by make_bench_models.py")
    parser.add_argument("--work", required=True, help="a directory for datasets: 5 GB")
    parser.add_argument("--models", nargs="+", default=list(SHAPES), choices=list(SHAPES))
    parser.add_argument("--caps", nargs="+", type=int, default=[128, 256, 1024], help="MiB, beside the smallest")
    parser.add_argument("--mebibytes", type=int, default=2100, help="of every model's dataset, decoded")
    parser.add_argument("--growth", nargs="*", default=["mlp", "convnet"], choices=list(SHAPES))
    parser.add_argument("--growth-cap", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["combinations", "growth", "curve", "peers"])
    parser.add_argument("--peer-seconds", type=int, default=300, help="what a run of a peer may take")
    parser.add_argument("--bench-data", help="written by make_bench_data.py: also runs the peers")
    return parser.parse_args()


def main():
    arguments = parse()
    bench = Bench(arguments)
    for name in ("combinations", "growth", "curve", "peers"):
        if arguments.only in (None, name) and (name != "peers" or arguments.bench_data):
            getattr(bench, name)()
    if bench.failures:
        sys.exit(f"{bench.failures} checks failed")


if __name__ == "__main__":
    main()
