"""LitData: optimize, and StreamingDataset under its own DataLoader."""

import functools

import litdata
import numpy as np
import torch

from shard_rows import SHARD_BYTES, Images

PACKAGES = ["litdata", "torch"]
PREFETCH = 8
ROWS_PER_INPUT = 1024


def rows(source, part):
    """The samples of one input: `optimize` takes what a generator yields."""
    for x, y in source.rows(*part):
        yield {"x": x, "y": y}


def write(source, out, workers, start_method):
    # Some inputs for each worker, which take them from a common queue.
    size = max(64, min(ROWS_PER_INPUT, len(source) // (4 * workers) // 64 * 64))
    inputs = [(start, min(start + size, len(source))) for start in range(0, len(source), size)]
    litdata.optimize(
        functools.partial(rows, source), inputs=inputs, output_dir=out, chunk_bytes=SHARD_BYTES, compression="zstd:3",
        # The default, frames of many samples, cannot be read back when the only wide column is bytes (LitData 0.2.76).
        compression_level="batch" if isinstance(source, Images) else "chunk", num_workers=workers,
        reorder_files=False, start_method=start_method, verbose=False,
    )


def convert_variants(source, out):
    return {
        f"{workers} workers, {method}": functools.partial(write, source, out, workers, method)
        for method in ("fork", "spawn")
        for workers in (1, 2)
    }


def stored(out):
    """All rows, for a check."""
    data = litdata.StreamingDataset(out)
    for row in range(len(data)):
        sample = data[row]
        yield sample["x"], sample["y"]


def collate(samples):
    x = torch.from_numpy(np.stack([sample["x"] for sample in samples])).float()
    return x, torch.tensor([sample["y"] for sample in samples])


def epoch_variants(out, batch_size, window_rows):
    def make(workers):
        data = litdata.StreamingDataset(out, shuffle=True, drop_last=False, seed=1)
        more = dict(prefetch_factor=PREFETCH, persistent_workers=True) if workers else {}
        return litdata.StreamingDataLoader(
            data, batch_size=batch_size, num_workers=workers, collate_fn=collate, **more
        ).__iter__

    # Items are shuffled in blocks of 256, the frames in which they were compressed. Over a whole chunk ("full") would
    # be better for training, but inflates a frame for nearly every item and did not end in minutes.
    return {f"blocks of 256, {workers} workers": functools.partial(make, workers) for workers in (0, 2)}
