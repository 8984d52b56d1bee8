"""MosaicML Streaming: MDSWriter, StreamingDataset under PyTorch's DataLoader, and single samples."""

import functools
import multiprocessing
import os
import pathlib

import numpy as np
import torch
from streaming import MDSWriter, StreamingDataset
from streaming.base.util import clean_stale_shared_memory, merge_index
from torch.utils.data import DataLoader

from shard_rows import SHARD_BYTES, Images, parts

PACKAGES = ["streaming", "torch"]
PREFETCH = 8


def write(source, out, part):
    columns = {"x": "ndarray:uint8:32,32,3" if isinstance(source, Images) else "bytes", "y": "int"}
    with MDSWriter(out=out, columns=columns, compression="zstd:3", size_limit=SHARD_BYTES) as writer:
        for x, y in source.rows(*part):
            writer.write({"x": x, "y": y})


def write_part(source, out, numbered):
    number, part = numbered
    write(source, os.path.join(out, f"{number:02}"), part)


def write_in_processes(source, out, count):
    """As the documentation does in parallel: a directory for each process, then one index."""
    job = functools.partial(write_part, source, out)
    with multiprocessing.get_context("fork").Pool(count) as pool:
        pool.map(job, list(enumerate(parts(source, count))))
    merge_index(out, keep_local=True)


def convert_variants(source, out):
    return {
        "1 process": lambda: write(source, out, (0, len(source))),
        "2 processes": lambda: write_in_processes(source, out, 2),
    }


def fresh(out):
    """Removes the raw shards that an earlier run has inflated: the first epoch inflates them anew."""
    clean_stale_shared_memory()
    for raw in pathlib.Path(out).rglob("*.mds"):
        if raw.with_suffix(".mds.zstd").exists():
            raw.unlink()


def stored(out):
    """All rows, for a check."""
    fresh(out)
    data = StreamingDataset(local=out, batch_size=1, num_canonical_nodes=1)
    for row in range(len(data)):
        yield data[row]["x"], data[row]["y"]


def collate(samples):
    x = torch.from_numpy(np.stack([sample["x"] for sample in samples])).float()
    return x, torch.tensor([sample["y"] for sample in samples])


def epoch_variants(out, batch_size, window_rows):
    def make(workers, **options):
        fresh(out)
        data = StreamingDataset(
            local=out, shuffle=True, shuffle_seed=1, batch_size=batch_size, num_canonical_nodes=1, **options
        )
        more = dict(prefetch_factor=PREFETCH, persistent_workers=True) if workers else {}
        return DataLoader(data, batch_size, num_workers=workers, collate_fn=collate, **more).__iter__

    return {f"py1e, {workers} workers": functools.partial(make, workers) for workers in (0, 2)}


def single(out):
    """Samples by number. The first of a shard inflates all of it, into a file."""
    fresh(out)
    data = StreamingDataset(local=out, batch_size=1, num_canonical_nodes=1)

    def read(row):
        sample = data[row]
        return sample["x"], sample["y"]

    return read


SINGLES = {"mosaicml": single}
