"""PyTorch's DataLoader over h5py: an IterableDataset of windows, or a batch sampler of whole chunks; and row by row."""

import numpy as np
import torch
from torch.utils.data import BatchSampler, DataLoader, Dataset, IterableDataset, RandomSampler, get_worker_info

CACHE_BYTES = 1 << 20
PREFETCH = 8


class Windows(IterableDataset):
    """Ready batches: each worker has its share of the windows, of a size that makes all of them one window together."""

    def __init__(self, file, rows, workers):
        super().__init__()
        self.file, self.rows, self.share = file, rows, max(1, workers)
        self.epoch, self.dataset = 0, None

    def __iter__(self):
        worker = get_worker_info()
        index = worker.id if worker else 0
        if self.dataset is None:  # in the worker: an HDF5 file must not cross a fork
            self.handle, self.dataset = self.file.open(CACHE_BYTES)
            rows = max(self.file.block_rows, self.file.window_rows // self.share)
            self.window = np.empty((rows, *self.file.row_shape), self.file.dtype), np.empty(rows, "int64")
        self.epoch += 1
        random = np.random.default_rng(self.epoch)
        x, y = self.window
        for number, ranges in enumerate(self.file.windows(self.rows, random, len(x))):
            if number % self.share != index:
                continue
            order = torch.randperm(self.file.read(self.dataset, ranges, x, y))
            for rows in order.split(self.file.batch_size):
                # index_select gathers on several threads where there are some.
                yield torch.from_numpy(x).index_select(0, rows).float(), torch.from_numpy(y)[rows]


class ChunkBatches:
    """Index lists of a batch each, whole chunks or even parts of one, in random order.

    The parts of a chunk go to the same worker, one soon after the other, so that its chunk cache serves the later ones:
    DataLoader deals batches to its workers in turn.
    """

    def __init__(self, file, rows, workers):
        self.file, self.rows, self.workers = file, rows, max(1, workers)
        self.random = np.random.default_rng(1)

    def groups(self):
        """Lists of batches that must stay with a worker."""
        block, size = self.file.block_rows, self.file.batch_size
        starts = self.file.block_starts(self.rows, self.random)
        together = max(1, size // block)
        for first in range(0, len(starts), together):
            chunks = starts[first : first + together]
            indices = np.concatenate([np.arange(start, min(start + block, self.rows)) for start in chunks])
            yield [indices[at : at + size].tolist() for at in range(0, len(indices), size)]

    def __iter__(self):
        groups = list(self.groups())
        for first in range(0, len(groups), self.workers):
            turn = groups[first : first + self.workers]
            for part in range(max(map(len, turn))):
                yield from (group[part] for group in turn if part < len(group))

    def __len__(self):
        return sum(map(len, self.groups()))


class Rows(Dataset):
    """Rows by index: `__getitems__` takes a batch in runs of neighbours, `__getitem__` one row."""

    def __init__(self, file, rows):
        self.file, self.rows, self.dataset = file, rows, None

    def opened(self):
        if self.dataset is None:
            self.handle, self.dataset = self.file.open(CACHE_BYTES)
            self.random = np.random.default_rng(1)
        return self.dataset

    def __len__(self):
        return self.rows

    def __getitem__(self, index):
        return torch.from_numpy(self.opened()[index]).float(), int(self.file.labels[index])

    def __getitems__(self, indices):
        dataset, indices = self.opened(), np.asarray(indices)
        runs = np.split(indices, np.flatnonzero(np.diff(indices) != 1) + 1)
        x = np.empty((len(indices), *self.file.row_shape), self.file.dtype)
        y = np.empty(len(indices), "int64")
        self.file.read(dataset, [(int(run[0]), int(run[-1]) + 1) for run in runs], x, y)
        order = self.random.permutation(len(indices))
        return torch.from_numpy(self.file.to_float(x[order])), torch.from_numpy(y[order])


class SingleRows(Rows):
    """The naive way: DataLoader asks for row after row."""

    __getitems__ = None


def loader(data, workers, **options):
    if workers:
        options |= dict(prefetch_factor=PREFETCH, persistent_workers=True)
    return DataLoader(data, num_workers=workers, **options).__iter__


def as_they_are(batch):
    return batch


def variants(file):
    result = {}
    for workers in (0, 1, 2):
        result[f"windows, {workers} workers"] = lambda rows, workers=workers: loader(
            Windows(file, rows, workers), workers, batch_size=None
        )
        result[f"batch sampler, {workers} workers"] = lambda rows, workers=workers: loader(
            Rows(file, rows), workers, batch_sampler=ChunkBatches(file, rows, workers), collate_fn=as_they_are
        )
    return result


def naive_variants(file):
    """An epoch of few rows, drawn from all: enough, at that speed."""

    def make(rows, workers):
        data = SingleRows(file, file.rows)
        sampler = BatchSampler(RandomSampler(data, num_samples=rows), file.batch_size, drop_last=False)
        return loader(data, workers, batch_sampler=sampler)

    return {f"row by row, {workers} workers": lambda rows, workers=workers: make(rows, workers) for workers in (0, 2)}
