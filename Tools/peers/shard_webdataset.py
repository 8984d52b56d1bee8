"""WebDataset: tar files of pixels and classes, shuffled through a buffer. They are not compressed: that is its way."""

import functools
import os

import numpy as np
import torch
import webdataset

from shard_rows import IMAGE_SHAPE

PACKAGES = ["webdataset", "torch"]
# Small shards: their order is shuffled too, and workers share them.
SHARD_ROWS = 1000


def write(source, out):
    pattern = os.path.join(out, "%05d.tar")
    with webdataset.ShardWriter(pattern, maxcount=SHARD_ROWS, verbose=0) as writer:
        for number, (x, y) in enumerate(source.rows()):
            # Names of the user's own choice pass unencoded, as bytes.
            writer.write({"__key__": f"{number:08}", "x": x.tobytes(), "y": str(y).encode()})


def convert_variants(source, out):
    return {"1 process": lambda: write(source, out)}


def collate(samples):
    x = np.frombuffer(b"".join(sample["x"] for sample in samples), "uint8").reshape(-1, *IMAGE_SHAPE)
    return torch.from_numpy(x.astype("float32")), torch.tensor([int(sample["y"]) for sample in samples])


def epoch_variants(out, batch_size, window_rows):
    shards = sorted(os.path.join(out, name) for name in os.listdir(out))

    def make(workers):
        # A buffer for each worker, of a size that makes all of them the window together.
        size = window_rows // max(1, workers)
        data = (
            webdataset.WebDataset(shards, shardshuffle=len(shards), seed=1, empty_check=False)
            .shuffle(size, initial=size)
            .batched(batch_size, collation_fn=collate)
        )
        more = dict(prefetch_factor=8, persistent_workers=True) if workers else {}
        return webdataset.WebLoader(data, batch_size=None, num_workers=workers, **more).__iter__

    return {f"{workers} workers": functools.partial(make, workers) for workers in (0, 1, 2)}
