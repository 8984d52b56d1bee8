"""Runs one task of the shards' benchmark with one peer and prints its speed as one JSON line; logs go to stderr.

    python Tools/peers/shard_peers.py --peer mosaicml --task convert --kind images --data data/

DATA is what make_shard_data.py has written; a conversion writes below it, and the other tasks read that.

    convert  the folder of photographs, kept encoded, or the HDF5 file, to the peer's own format, zstd level 3
    epoch    all rows of the HDF5 file in shuffled batches of float32; the first epoch warms up (and inflates shards)
    single   rows one by one, each far from the one before

A peer has several ways (processes, workers, threads): each is tried, and the program starts itself anew with the
fastest, --variant NAME. Rows are counted and their content is checked by a sum that is the same for all.
"""

import argparse
import importlib
import math
import pathlib
import platform
import shutil
import statistics
import time

from peer_process import answer_channel, check_variant, fastest, finish, log, processor_seconds, restart
from shard_memory import MemoryWatch
from shard_rows import KINDS, ClassCounts, batch_check, random_rows, row_check

# The module that knows each. Its name is that of the folder of its files, too.
PEERS = {
    "mosaicml": "shard_mosaicml", "litdata": "shard_litdata", "webdataset": "shard_webdataset", "grain": "shard_grain",
    "tensorflow": "shard_tensorflow", "arrayrecord-1": "shard_grain", "arrayrecord-64": "shard_grain",
}


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--peer", required=True, choices=PEERS)
    parser.add_argument("--task", required=True, choices=TASKS)
    parser.add_argument("--kind", default="images", choices=KINDS)
    parser.add_argument("--data", required=True, type=pathlib.Path, help="written by make_shard_data.py")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--window-rows", type=int, default=10_240, help="rows that a buffer shuffles at once (10240)")
    parser.add_argument("--epochs", type=int, default=3, help="timed epochs (3)")
    parser.add_argument("--rows", type=int, default=2000, help="single rows (2000)")
    parser.add_argument("--variant", help="measure this variant alone")
    return parser.parse_args()


def choose(answer, arguments, variants, run, samples):
    """The variant to measure; does not return when it had to be found out."""
    if not arguments.variant:
        trials = {name: (lambda epochs, make=make: run(make, epochs)) for name, make in variants.items()}
        restart(answer, fastest(trials, samples))
    check_variant(arguments.variant, variants)
    return variants[arguments.variant]


def convert(answer, arguments, module, out):
    source = KINDS[arguments.kind](arguments.data)
    variants = module.convert_variants(source, str(out))

    def run(write, epochs=1):
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        start = time.perf_counter()
        write()
        return [math.inf, time.perf_counter() - start]

    seconds = run(choose(answer, arguments, variants, run, len(source)))[1]
    line = {
        "rows": len(source), "seconds": round(seconds, 3), "rows_per_second": round(len(source) / seconds, 1),
        "stored_bytes": sum(file.stat().st_size for file in out.rglob("*") if file.is_file()),
    }
    return line, getattr(module, "stored", None) and (lambda: check_rows(module.stored(str(out))))


def check_rows(rows):
    return sum(row_check(x if isinstance(x, bytes) else x.reshape(-1).tolist(), int(y)) for x, y in rows)


def epoch(answer, arguments, module, out):
    rows = len(KINDS["images"](arguments.data))
    variants = module.epoch_variants(str(out), arguments.batch_size, arguments.window_rows)
    state = {}

    def run(make, epochs):
        seconds, classes, start = [], ClassCounts(arguments.batch_size), time.perf_counter()
        begin = make()
        for _ in range(epochs):
            count = check = 0
            touched = 0.0
            for x, y in begin():
                # What every consumer does: reads each cache line of x, and all labels.
                touched += float(x.reshape(-1)[::16].sum())
                check += batch_check(*map(as_array, (x, y)))
                classes.add(as_array(y))
                count += len(y)
            seconds.append(time.perf_counter() - start)
            if count != rows or state.setdefault("check", check) != check:
                raise ValueError(f"expected {rows} rows of sum {state['check']}, found {count} and {check}")
            if len(seconds) == 1:
                state["warm_up"] = processor_seconds()
            start = time.perf_counter()
        state["quality"] = classes.chi2_per_df()
        return seconds

    seconds = run(choose(answer, arguments, variants, run, rows), 1 + arguments.epochs)
    processor = processor_seconds() - state["warm_up"]
    speeds = [rows / second for second in seconds]
    line = {
        "rows": rows, "check": state["check"], "chi2_per_df": round(state["quality"], 4),
        "rows_per_second": round(statistics.median(speeds[1:]), 1), "first_epoch_rows_per_second": round(speeds[0], 1),
        "epochs": [round(speed, 1) for speed in speeds[1:]],
        "rows_per_core_second": round(rows * arguments.epochs / processor, 1),
    }
    return line, None


def as_array(values):
    return values.numpy() if hasattr(values, "numpy") else values


def single(answer, arguments, module, out):
    rows = random_rows(arguments.rows, len(KINDS["images"](arguments.data)))
    arguments.variant = "one row a call"
    read = module.SINGLES[arguments.peer](str(out))
    check, start = 0, time.perf_counter()
    for row in rows:
        x, y = read(row)
        check += row_check(memoryview(x.reshape(-1)), int(y))
    seconds = time.perf_counter() - start
    return {"rows": len(rows), "check": check, "rows_per_second": round(len(rows) / seconds, 1)}, None


TASKS = {"convert": convert, "epoch": epoch, "single": single}


def main():
    arguments = parse()
    answer = answer_channel()
    module = importlib.import_module(PEERS[arguments.peer])
    out = arguments.data / module.__name__.removeprefix("shard_") / arguments.kind
    memory = MemoryWatch()
    line, check = TASKS[arguments.task](answer, arguments, module, out)
    line |= {
        "peer": arguments.peer, "task": arguments.task, "kind": arguments.kind, "variant": arguments.variant,
        "peak_rss_bytes": memory.peak_bytes(), "worker_processes": memory.workers,
        "versions": {"python": platform.python_version()} | {
            name: getattr(importlib.import_module(name), "__version__", "") for name in module.PACKAGES
        },
    }
    # After the peak was read: reading everything back is no part of a conversion.
    if check:
        line["check"] = check()
    log(f"measured: {line}")
    finish(answer, line)


if __name__ == "__main__":
    main()
