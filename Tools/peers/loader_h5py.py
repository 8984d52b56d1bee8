"""h5py in an expert's hands: permuted chunks, a shuffled window of many, background threads, buffers used again."""

import os
import queue
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor

import h5py
import numpy as np
from h5py._objects import phil

BATCHES_AHEAD = 16
SEED = 1


class Lane:
    """A thread that turns what `work` yields into a queue of loans: an element is given back when the next is taken."""

    def __init__(self, slots, work):
        self.free, self.ready = queue.SimpleQueue(), queue.SimpleQueue()
        for slot in slots:
            self.free.put(slot)
        threading.Thread(target=self.run, args=(work,), daemon=True).start()

    def run(self, work):
        try:
            work(self)
        except BaseException as error:
            self.ready.put(error)

    def __iter__(self):
        while True:
            element = self.ready.get()
            if isinstance(element, BaseException):
                raise element
            yield element
            if element is not None:
                self.free.put(element[0])


class Expert:
    """Epochs without end: reading runs ahead across their borders, which are None among windows and batches."""

    def __init__(self, file, rows, fill, converts):
        self.file, self.rows, self.fill = file, rows, fill
        # Two windows: one is filled while the other is drawn from.
        shape, x = (file.window_rows, *file.row_shape), file.dtype
        windows = Lane([(np.empty(shape, x), np.empty(shape[0], "int64")) for _ in range(2)], self.read_windows)
        slot_shape = (file.batch_size, *file.row_shape)
        slots = [np.empty(slot_shape, "float32") for _ in range(BATCHES_AHEAD if converts else 1)]
        if converts:
            self.batches = iter(Lane(slots, lambda lane: self.convert(windows, lane)))
        else:
            self.batches = self.converted(windows, lambda: slots[0])

    def read_windows(self, lane):
        random = np.random.default_rng(SEED)
        while True:
            for ranges in self.file.windows(self.rows, random):
                window = lane.free.get()
                lane.ready.put((window, self.fill(ranges, *window)))
            lane.ready.put(None)

    def convert(self, windows, lane):
        for batch in self.converted(windows, lane.free.get):
            lane.ready.put(batch)

    def converted(self, windows, slot):
        """Batches drawn from windows: gathered, then converted in one call."""
        random = np.random.default_rng(SEED + 1)
        gathered = np.empty((self.file.batch_size, *self.file.row_shape), self.file.dtype)
        for window in windows:
            if window is None:
                yield None
                continue
            (x, y), count = window
            order = random.permutation(count)
            for first in range(0, count, self.file.batch_size):
                rows = order[first : first + self.file.batch_size]
                batch = slot()
                # mode="clip" writes straight into the target; "raise" would go through a copy.
                if batch.dtype == x.dtype:
                    np.take(x, rows, axis=0, out=batch[: len(rows)], mode="clip")
                else:
                    np.take(x, rows, axis=0, out=gathered[: len(rows)], mode="clip")
                    np.copyto(batch[: len(rows)], gathered[: len(rows)])
                yield batch, len(rows), y[rows]

    def epoch(self):
        for batch in self.batches:
            if batch is None:
                return
            x, count, y = batch
            yield x[:count], y


def through_library(file, cache_bytes):
    """Fills windows by slices through HDF5."""
    handle, dataset = file.open(cache_bytes)

    def fill(ranges, x, y):
        return file.read(dataset, ranges, x, y)

    return fill


def by_raw_chunks(file, threads):
    """Fills windows from stored chunks, which zlib inflates in threads: beside HDF5 and its lock. Gzip only."""
    handle, dataset = file.open(0)
    if [dataset.compression, dataset.chunks and dataset.chunks[1:]] != ["gzip", dataset.shape[1:]]:
        raise ValueError(f"raw chunks: expected gzip and chunks of whole rows, found {dataset.compression}")
    width, origin = file.dtype.itemsize, (0,) * len(file.row_shape)
    pool = ThreadPoolExecutor(threads)

    def inflate(start, target):
        with phil:  # read_direct_chunk releases Python's lock and does not take HDF5's: two at once crash
            _, stored = dataset.id.read_direct_chunk((start, *origin))
        data = np.frombuffer(zlib.decompress(stored, bufsize=file.chunk_bytes), "uint8")
        if width > 1 and dataset.shuffle:
            data = np.ascontiguousarray(data.reshape(width, -1).T)
        target[...] = data.reshape(-1).view(file.dtype).reshape(-1, *file.row_shape)[: len(target)]

    def fill(ranges, x, y):
        row, jobs = 0, []
        for start, end in ranges:
            jobs.append(pool.submit(inflate, start, x[row : row + end - start]))
            y[row : row + end - start] = file.labels[start:end]
            row += end - start
        for job in jobs:
            job.result()
        return row

    return fill


def by_mapping(file):
    """Fills windows from the mapped file. Contiguous datasets only."""
    handle, dataset = file.open(0)
    offset = dataset.id.get_offset()
    if offset is None:
        raise ValueError("mapping: expected a contiguous dataset")
    mapped = np.memmap(file.path, file.dtype, "r", offset, dataset.shape)

    def fill(ranges, x, y):
        row = 0
        for start, end in ranges:
            x[row : row + end - start] = mapped[start:end]
            y[row : row + end - start] = file.labels[start:end]
            row += end - start
        return row

    return fill


def expert_variants(file):
    """Slices through HDF5, with and without a chunk cache; gathering and converting on a thread of its own or not."""
    return {
        f"{threads} background thread{'s'[: threads - 1]}, chunk cache {cache >> 20} MiB": (
            lambda rows, cache=cache, converts=threads == 2: Expert(
                file, rows, through_library(file, cache), converts
            ).epoch
        )
        for threads in (1, 2)
        for cache in (0, 1 << 20, 16 << 20)
    }


def direct_variants(file):
    """Past HDF5: raw chunks inflated in threads, or the mapped file."""
    with h5py.File(file.path) as handle:
        plain = handle[file.name].chunks is None
    fills = (
        {"mapped": lambda: by_mapping(file)}
        if plain
        else {
            f"{threads} inflating": lambda threads=threads: by_raw_chunks(file, threads)
            for threads in sorted({1, 2, os.cpu_count()})
        }
    )
    return {
        f"{name}, {'converted in the background' if converts else 'converted by the consumer'}": (
            lambda rows, make=make, converts=converts: Expert(file, rows, make(), converts).epoch
        )
        for name, make in fills.items()
        for converts in (False, True)
    }
