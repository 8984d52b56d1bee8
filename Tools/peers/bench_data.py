"""What the peers are fed: arrays in memory, and the order in which chunks of an HDF5 file are read."""

import sys

import h5py
import numpy as np

from make_bench_data import blocks

CHUNK_CACHE_BYTES = 16 << 20


def open_hdf5(path):
    return h5py.File(path, "r", rdcc_nbytes=CHUNK_CACHE_BYTES)


def check_rows(path, rows):
    with h5py.File(path) as file:
        if len(file["labels"]) < rows:
            sys.exit(f"{path} has {len(file['labels'])} rows, the epoch needs {rows}: lower --steps")
        return file["images"].chunks[0]


def arrays(path, rows):
    """Images (rows, 28, 28) float32 in 0...1 and labels (rows,) int64."""
    if path:
        check_rows(path, rows)
        with open_hdf5(path) as file:
            images, labels = file["images"][:rows], file["labels"][:rows]
    else:
        parts = list(blocks(rows))
        images, labels = (np.concatenate(column) for column in zip(*parts))
    return to_float(images), labels


def to_float(images):
    return np.multiply(images, np.float32(1 / 255), dtype="float32")


def shuffled_chunks(rows, chunk, random):
    """Row ranges of the chunks, in random order."""
    starts = random.permutation(np.arange(0, rows, chunk))
    return [(int(start), int(min(start + chunk, rows))) for start in starts]
