"""Streams an HDF5 file with one peer and prints its speed as one JSON line; logs go to standard error.

    python Tools/peers/loader_peers.py --peer pytorch --file data/images-gzip.h5 --batch-size 128

An epoch is all rows in shuffled batches, converted to float32, each of which the consumer reads once. The first epoch
warms up, then each of --epochs is timed and the median reported. A peer has several ways (threads, workers, caches):
each is tried on part of the rows, and the program starts itself anew with the fastest, --variant NAME. Rows per core
second count processor time, of data workers too: the cost of loading, which a busy machine disturbs less.

    h5py-expert    permuted chunks, a shuffled window, background threads, through HDF5 (hdf5plugin's filters)
    h5py-direct    the same, past HDF5: raw chunks that zlib inflates in threads (gzip), or the mapped file (contiguous)
    pytorch        DataLoader over h5py, whole chunks at a time
    pytorch-naive  DataLoader over h5py, row by row (as many people write it)
    keras          PyDataset over h5py, whole chunks at a time, iterated as `fit` does

PyTorch's batch sampler and Keras mix the rows of a batch's chunks only; the others a window of --window-rows.
"""

import argparse
import importlib
import platform
import statistics

import h5py
import numpy as np

from loader_file import LoaderFile, measure
from peer_process import (
    answer_channel, check_variant, fastest, finish, log, peak_resident_bytes, restart, workers_peak_resident_bytes,
)

NAIVE_ROWS = 1024

# Module and function that give a peer's variants, and the packages that it stands on.
PEERS = {
    "h5py-expert": ("loader_h5py", "expert_variants", []),
    "h5py-direct": ("loader_h5py", "direct_variants", []),
    "pytorch": ("loader_pytorch", "variants", ["torch"]),
    "pytorch-naive": ("loader_pytorch", "naive_variants", ["torch"]),
    "keras": ("loader_keras", "variants", ["keras"]),
}


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--peer", required=True, choices=PEERS)
    parser.add_argument("--file", required=True, help="written by make_loader_data.py")
    parser.add_argument("--x", metavar="NAME", help="the wide dataset (the first of several axes)")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--window-rows", type=int, default=10_240, help="rows that are shuffled at once (10240)")
    parser.add_argument("--epochs", type=int, default=3, help="timed epochs (3)")
    parser.add_argument("--variant", help="measure this variant alone")
    return parser.parse_args()


def main():
    arguments = parse()
    answer = answer_channel()
    file = LoaderFile(arguments.file, arguments.x, arguments.batch_size, arguments.window_rows)
    module, function, packages = PEERS[arguments.peer]
    variants = getattr(importlib.import_module(module), function)(file)
    # Row by row is so slow that few rows, drawn from all, must do.
    naive = arguments.peer == "pytorch-naive"
    epoch_rows = min(file.rows, NAIVE_ROWS) if naive else file.rows

    def label_sum(rows):
        return None if naive else int(file.labels[:rows].sum())

    def run(make, epochs, rows):
        return measure(make, epochs, rows, label_sum(rows))

    if not arguments.variant:
        # At least two windows, so that filling one beside drawing from another counts.
        rows = min(epoch_rows, max(2 * file.window_rows, epoch_rows // 3))
        trials = {
            name: (lambda epochs, make=make: run(make, epochs, rows)[0]) for name, make in variants.items()
        }
        restart(answer, fastest(trials, rows))
    check_variant(arguments.variant, variants)
    seconds, processor = run(variants[arguments.variant], 1 + arguments.epochs, epoch_rows)
    speeds = [epoch_rows / second for second in seconds]
    log(f"measured: {arguments.variant}: " + " ".join(f"{speed:.0f}" for speed in speeds))
    speed = statistics.median(speeds[1:])
    versions = {package: importlib.import_module(package).__version__ for package in packages}
    line = {
        "peer": arguments.peer,
        "file": arguments.file,
        "rows": epoch_rows,
        "row_bytes": file.row_bytes,
        "label_sum": label_sum(epoch_rows),
        "batch_size": arguments.batch_size,
        "rows_per_second": round(speed, 1),
        "decoded_bytes_per_second": round(speed * file.row_bytes),
        "first_epoch_rows_per_second": round(speeds[0], 1),
        "rows_per_core_second": round(epoch_rows * arguments.epochs / processor, 1),
        "epochs": [round(speed, 1) for speed in speeds[1:]],
        "variant": arguments.variant,
        "peak_rss_bytes": peak_resident_bytes(),
        "workers_peak_rss_bytes": workers_peak_resident_bytes(),
        "versions": {
            "python": platform.python_version(), "h5py": h5py.__version__,
            "hdf5": h5py.version.hdf5_version, "numpy": np.__version__, **versions,
        },
    }
    finish(answer, line)


if __name__ == "__main__":
    main()
