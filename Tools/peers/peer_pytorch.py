"""PyTorch: eager or compiled, from a tensor in memory or a DataLoader over h5py."""

import time

import h5py
import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

import bench_data
from peer_process import workers_peak_resident_bytes

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


class Peer:
    def __init__(self, arguments):
        torch.set_num_threads(arguments.threads)
        self.arguments, self.last_loss, self.workers_peak = arguments, float("nan"), 0
        self.rows = arguments.steps * arguments.batch_size
        self.convnet = arguments.model == "convnet"
        self.shape = (1, 28, 28) if self.convnet else (784,)
        self.versions = {"torch": torch.__version__, "h5py": h5py.__version__, "numpy": np.__version__}
        if arguments.data == "memory":
            images, labels = bench_data.arrays(arguments.hdf5, self.rows)
            self.images = torch.from_numpy(images.reshape(-1, *self.shape))
            self.labels = torch.from_numpy(labels)
            feeds = {"tensors": self.from_tensors}
        else:
            feeds = {f"DataLoader, {count} workers": self.from_hdf5(count) for count in (1, 2)}
        self.variants = {
            f"{feed}, {mode}{', channels last' if last else ''}": self.runner(make, mode == "compiled", last)
            for feed, make in feeds.items()
            for last in ([False, True] if self.convnet else [False])
            for mode in ("eager", "compiled")
        }

    def from_tensors(self):
        def epoch():
            order = torch.randperm(self.rows)
            for start in range(0, self.rows, self.arguments.batch_size):
                rows = order[start : start + self.arguments.batch_size]
                yield self.images[rows], self.labels[rows]

        return epoch

    def from_hdf5(self, workers):
        def make():
            data = HDF5Batches(self.arguments.hdf5, self.rows, self.arguments.batch_size, self.shape)
            loader = DataLoader(
                data, batch_size=None, num_workers=workers, prefetch_factor=8, persistent_workers=True
            )
            return loader.__iter__

        return make

    def runner(self, make_feed, compiled, channels_last):
        layout = torch.channels_last if channels_last else torch.contiguous_format

        def run(epochs):
            torch.manual_seed(1)
            torch.compiler.reset()
            model = self.model().to(memory_format=layout).train()
            optimizer = torch.optim.Adam(model.parameters(), fused=True)

            def loss_of(images, labels):
                return cross_entropy(model(images), labels)

            loss_of = torch.compile(loss_of) if compiled else loss_of
            feed, seconds = make_feed(), []
            for _ in range(epochs):
                start, total, steps = time.perf_counter(), torch.zeros(()), 0
                for images, labels in feed():
                    if channels_last:
                        images = images.contiguous(memory_format=layout)
                    optimizer.zero_grad(set_to_none=True)
                    loss = loss_of(images, labels)
                    loss.backward()
                    optimizer.step()
                    total += loss.detach()
                    steps += 1
                self.last_loss = float(total) / steps
                seconds.append(time.perf_counter() - start)
            if self.arguments.data == "hdf5":
                self.workers_peak = workers_peak_resident_bytes()
            return seconds

        return run

    def model(self):
        if not self.convnet:
            return nn.Sequential(
                nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)
            )
        return nn.Sequential(
            nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Dropout(0.5), nn.Linear(64 * 5 * 5, 10),
        )
