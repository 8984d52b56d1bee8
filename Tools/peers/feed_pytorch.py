"""What PyTorch is fed with: tensors in memory, or a DataLoader over h5py. A feed makes a function of no arguments that
gives an epoch's batches."""

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

import bench_data

WINDOW_CHUNKS = 8


class HDF5Batches(IterableDataset):
    """Ready batches: chunks in random order, each worker's share in windows of 8 chunks whose rows are shuffled."""

    def __init__(self, path, rows, batch_size, shape):
        super().__init__()
        self.path, self.rows, self.batch_size, self.shape = path, rows, batch_size, shape
        self.chunk = bench_data.check_rows(path, rows)
        self.epoch, self.file = 0, None

    def __iter__(self):
        worker = get_worker_info()
        index, count = (worker.id, worker.num_workers) if worker else (0, 1)
        if self.file is None:  # in the worker: an HDF5 file must not cross a fork
            self.file = bench_data.open_hdf5(self.path)
            self.images, self.labels = self.file["images"], self.file["labels"][: self.rows]
        self.epoch += 1
        ranges = bench_data.shuffled_chunks(self.rows, self.chunk, np.random.default_rng(self.epoch))[index::count]
        random = np.random.default_rng([self.epoch, index])
        for first in range(0, len(ranges), WINDOW_CHUNKS):
            window = ranges[first : first + WINDOW_CHUNKS]
            images = np.concatenate([self.images[start:end] for start, end in window])
            labels = np.concatenate([self.labels[start:end] for start, end in window])
            order = random.permutation(len(labels))
            for start in range(0, len(order), self.batch_size):
                rows = order[start : start + self.batch_size]
                batch = bench_data.to_float(images[rows]).reshape(-1, *self.shape)
                yield torch.from_numpy(batch), torch.from_numpy(labels[rows])


def tensors(model, rows, path=None):
    """Samples with channels first, labels int64."""
    samples, labels = bench_data.arrays(model, rows, path)
    return channels_first(samples), torch.from_numpy(labels)


def channels_first(samples):
    if samples.ndim == 4:
        samples = np.ascontiguousarray(samples.transpose(0, 3, 1, 2))
    return torch.from_numpy(samples)


def feeds(arguments):
    rows = arguments.steps * arguments.batch_size
    if arguments.data == "hdf5":
        return {f"DataLoader, {count} workers": hdf5_feed(arguments, rows, count) for count in (1, 2)}
    samples, labels = tensors(arguments.model, rows, arguments.hdf5)

    def epoch():
        order = torch.randperm(rows)
        for start in range(0, rows, arguments.batch_size):
            chosen = order[start : start + arguments.batch_size]
            yield samples[chosen], labels[chosen]

    return {"tensors": lambda: epoch}


def hdf5_feed(arguments, rows, workers):
    shape = (1, 28, 28) if arguments.model == "convnet" else (784,)

    def make():
        data = HDF5Batches(arguments.hdf5, rows, arguments.batch_size, shape)
        loader = DataLoader(data, batch_size=None, num_workers=workers, prefetch_factor=8, persistent_workers=True)
        return loader.__iter__

    return make
