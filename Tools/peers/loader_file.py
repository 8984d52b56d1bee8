"""A file of the loader's benchmark as the peers read it: its columns, the order of its blocks, and what an epoch is."""

import math
import time

import h5py
import hdf5plugin  # registers the filters
import numpy as np

from peer_process import processor_seconds

# A contiguous dataset is read in runs of about this size, which are what is shuffled.
PLAIN_BLOCK_BYTES = 1 << 17


class LoaderFile:
    """What is known before the first epoch. Holds no open file, so it may cross into a data worker."""

    def __init__(self, path, name, batch_size, window_rows):
        self.path, self.batch_size = path, batch_size
        with h5py.File(path) as file:
            self.name = name or next(key for key in file if file[key].ndim > 1)
            data = file[self.name]
            self.rows, self.row_shape, self.dtype = len(data), data.shape[1:], data.dtype
            self.row_bytes = data.dtype.itemsize * math.prod(self.row_shape)
            self.block_rows = data.chunks[0] if data.chunks else max(1, PLAIN_BLOCK_BYTES // self.row_bytes)
            self.chunk_bytes = self.block_rows * self.row_bytes
            # 8 bytes a row: every peer keeps them in memory.
            self.labels = file["labels"][:]
        # Whole blocks and whole batches, so that only an epoch's last batch can be short.
        unit = math.lcm(self.block_rows, batch_size)
        self.window_rows = max(1, window_rows // unit) * unit

    def open(self, cache_bytes):
        """The file and its wide dataset, with a chunk cache of that size."""
        file = h5py.File(self.path, "r", rdcc_nbytes=cache_bytes, rdcc_nslots=521)
        return file, file[self.name]

    def block_starts(self, rows, random):
        """First rows of the blocks of the first `rows` rows, in random order."""
        return random.permutation(np.arange(0, rows, self.block_rows)).tolist()

    def windows(self, rows, random, window_rows=None):
        """Lists of row ranges that fill a window each, in random order: the permuted blocks, cut by windows."""
        starts = self.block_starts(rows, random)
        count = max(1, (window_rows or self.window_rows) // self.block_rows)
        for first in range(0, len(starts), count):
            yield [(start, min(start + self.block_rows, rows)) for start in starts[first : first + count]]

    def read(self, dataset, ranges, into, labels):
        """Fills the front of two arrays with rows and their labels; returns how many."""
        row = 0
        for start, end in ranges:
            dataset.read_direct(into, np.s_[start:end], np.s_[row : row + end - start])
            labels[row : row + end - start] = self.labels[start:end]
            row += end - start
        return row

    def to_float(self, rows):
        return rows.astype("float32", copy=False)


def touch(x, y):
    """What every consumer does with a batch: reads each cache line of x, and all labels."""
    return float(x.reshape(-1)[::16].sum()), int(y.sum())


def measure(make, epochs, rows, expected_sum=None):
    """Seconds of each of `epochs` of `rows` rows, and the processor seconds of all but the first.

    `make(rows)` gives a function that starts an epoch.
    The first includes what happens before it: opening files and starting workers. Fails when an epoch has not so
    many rows, or their labels have another sum.
    """
    seconds = []
    start = time.perf_counter()
    epoch = make(rows)
    for _ in range(epochs):
        count = label_sum = 0
        for x, y in epoch():
            label_sum += touch(x, y)[1]
            count += len(y)
        seconds.append(time.perf_counter() - start)
        if count != rows or expected_sum not in (None, label_sum):
            raise ValueError(f"expected {rows} rows with labels of sum {expected_sum}, found {count} and {label_sum}")
        if len(seconds) == 1:
            warm_up = processor_seconds()
        start = time.perf_counter()
    return seconds, processor_seconds() - warm_up
