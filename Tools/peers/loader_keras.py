"""Keras's PyDataset over h5py, iterated as `fit` does."""

import os

# Batches as arrays; another backend would make tensors of them, which takes time.
os.environ.setdefault("KERAS_BACKEND", "numpy")

import keras
import numpy as np
from keras.src.trainers.epoch_iterator import EpochIterator

CACHE_BYTES = 1 << 20
QUEUE_BATCHES = 32


class HDF5Batches(keras.utils.PyDataset):
    """Whole chunks in random order, a chunk's batches one after the other: HDF5's cache serves the later ones."""

    def __init__(self, file, rows, **options):
        super().__init__(max_queue_size=QUEUE_BATCHES, **options)
        self.file, self.rows, self.dataset, self.process = file, rows, None, None
        self.random = np.random.default_rng(1)
        self.on_epoch_end()

    def on_epoch_end(self):
        block, size = self.file.block_rows, self.file.batch_size
        starts = self.file.block_starts(self.rows, self.random)
        together = max(1, size // block)
        self.batches = []
        for first in range(0, len(starts), together):
            ranges = [(start, min(start + block, self.rows)) for start in starts[first : first + together]]
            if len(ranges) > 1:
                self.batches.append(ranges)
            else:
                start, end = ranges[0]
                self.batches += [[(at, min(at + size, end))] for at in range(start, end, size)]

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        if self.process != os.getpid():  # an HDF5 file must not cross a fork
            self.handle, self.dataset = self.file.open(CACHE_BYTES)
            self.process = os.getpid()
        ranges = self.batches[index]
        count = sum(end - start for start, end in ranges)
        x = np.empty((count, *self.file.row_shape), self.file.dtype)
        y = np.empty(count, "int64")
        self.file.read(self.dataset, ranges, x, y)
        order = np.random.default_rng([index, ranges[0][0]]).permutation(count)
        return self.file.to_float(x[order]), y[order]


def variants(file):
    def make(rows, workers, processes):
        iterator = EpochIterator(x=HDF5Batches(file, rows, workers=workers, use_multiprocessing=processes))

        def epoch():
            for _, _, batches in iterator:
                yield from batches

        return epoch

    return {
        f"{workers} worker {'processes' if processes else 'threads'}": (
            lambda rows, workers=workers, processes=processes: make(rows, workers, processes)
        )
        for processes in (False, True)
        for workers in (1, 2)
    }
