"""Grain over ArrayRecord files of one row a group, as Grain demands, and single rows of files of 64 rows a group."""

import functools
import os

import grain
import numpy as np
from array_record.python.array_record_data_source import ArrayRecordDataSource
from array_record.python.array_record_module import ArrayRecordReader, ArrayRecordWriter

from shard_rows import IMAGE_SHAPE, parts

PACKAGES = ["grain", "array_record"]
FILES = 4
GROUPS = (1, 64)


def write(source, out):
    """Records are a label of 8 bytes and the pixels. Both kinds of files are written, for the two tables."""
    for group in GROUPS:
        folder = os.path.join(out, f"group-{group}")
        os.makedirs(folder)
        for number, part in enumerate(parts(source, FILES)):
            path = os.path.join(folder, f"{number:02}.array_record")
            writer = ArrayRecordWriter(path, f"group_size:{group},zstd:3")
            for x, y in source.rows(*part):
                writer.write(y.to_bytes(8, "little") + x.tobytes())
            writer.close()


def convert_variants(source, out):
    return {"1 process, files of both groups": lambda: write(source, out)}


def files(out, group):
    folder = os.path.join(out, f"group-{group}")
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


def batched(records):
    rows = np.frombuffer(b"".join(records), "uint8").reshape(len(records), -1)
    return rows[:, 8:].astype("float32").reshape(-1, *IMAGE_SHAPE), rows[:, :8].copy().view("int64")[:, 0]


def epoch_variants(out, batch_size, window_rows):
    def make(threads, workers):
        # Batches end with their epoch; every epoch has another order.
        data = (
            grain.MapDataset.source(ArrayRecordDataSource(files(out, 1)))
            .seed(1).shuffle().batch(batch_size, batch_fn=batched)
        )
        batches = len(data)
        data = data.repeat().to_iter_dataset(grain.ReadOptions(num_threads=threads, prefetch_buffer_size=16))
        if workers:
            data = data.mp_prefetch(grain.MultiprocessingOptions(num_workers=workers, per_worker_buffer_size=8))
        stream = iter(data)
        return lambda: (next(stream) for _ in range(batches))

    return {
        f"{threads} threads, {workers} workers": functools.partial(make, threads, workers)
        for threads, workers in ((1, 0), (2, 0), (16, 0), (1, 2), (4, 2))
    }


def single(out, group):
    """Rows by number, one at a time. Without read-ahead, which is for reading in order."""
    readers = [ArrayRecordReader(path, "readahead_buffer_size:0") for path in files(out, group)]
    starts = np.cumsum([0] + [reader.num_records() for reader in readers])

    def read(row):
        file = int(np.searchsorted(starts, row, "right")) - 1
        record = readers[file].read([int(row - starts[file])])[0]
        return np.frombuffer(record, "uint8", offset=8), int.from_bytes(record[:8], "little")

    return read


SINGLES = {f"arrayrecord-{group}": functools.partial(single, group=group) for group in GROUPS}
