"""What the shards' benchmark converts: rows of a folder or a file, and sums that say that none is missing."""

import pathlib

import h5py
import numpy as np

IMAGE_SHAPE = (32, 32, 3)
IMAGE_BYTES = 3072

# Decoded bytes of a shard: what MosaicML, LitData and we take by default.
SHARD_BYTES = 1 << 26

# Rows that are read from an HDF5 file at once: whole chunks.
SLAB_ROWS = 1024


class Photos:
    """The files of a folder of classes: bytes and the number of their class, in the order of their names."""

    kind = "photos"

    def __init__(self, data):
        folders = sorted(path for path in pathlib.Path(data, "photos").iterdir() if path.is_dir())
        self.files = [(str(file), label) for label, folder in enumerate(folders) for file in sorted(folder.iterdir())]

    def __len__(self):
        return len(self.files)

    def rows(self, start=0, end=None):
        for path, label in self.files[start:end]:
            with open(path, "rb") as file:
                yield file.read(), label


class Images:
    """The rows of the HDF5 file: arrays of uint8 and their labels. Holds no open file: it may cross into a worker."""

    kind = "images"

    def __init__(self, data):
        self.path = str(pathlib.Path(data, "images.h5"))
        with h5py.File(self.path) as file:
            self.count = len(file["labels"])

    def __len__(self):
        return self.count

    def slabs(self, start=0, end=None):
        """Arrays of many rows and their labels."""
        end = self.count if end is None else end
        with h5py.File(self.path) as file:
            for first in range(start, end, SLAB_ROWS):
                part = np.s_[first : min(end, first + SLAB_ROWS)]
                yield file["images"][part], file["labels"][part]

    def rows(self, start=0, end=None):
        for images, labels in self.slabs(start, end):
            yield from zip(images, labels.tolist())


KINDS = {"photos": Photos, "images": Images}


def parts(source, count, multiple=64):
    """Row ranges that share the rows among `count` processes, whole chunks of the HDF5 file each."""
    size = -(-len(source) // (count * multiple)) * multiple
    return [(start, min(start + size, len(source))) for start in range(0, len(source), size)]


def row_check(content, label):
    """A number that a wrong or missing row changes, for sums over rows in any order."""
    size = len(content)
    return (label + 1) * (size + 3 * content[size // 2] + 7 * content[size // 3])


def batch_check(x, y):
    """The sum of `row_check` over a batch of images, of any type and shape."""
    x = x.reshape(len(y), IMAGE_BYTES)
    values = IMAGE_BYTES + 3 * x[:, IMAGE_BYTES // 2].astype("int64") + 7 * x[:, IMAGE_BYTES // 3].astype("int64")
    return int(((y.astype("int64") + 1) * values).sum())


def random_rows(count, rows):
    """The rows that are read one by one: far from each other, the same for all."""
    return [number * 2_654_435_761 % rows for number in range(1, count + 1)]


class ClassCounts:
    """How evenly classes are spread over batches: chi squared per degree of freedom, 1 for a uniform shuffle."""

    def __init__(self, batch_size):
        self.batch_size, self.counts = batch_size, []

    def add(self, y):
        if len(y) == self.batch_size:
            self.counts.append(np.bincount(np.asarray(y), minlength=16))

    def chi2_per_df(self):
        counts = np.array(self.counts, "float64")
        shares = counts.sum(0) / counts.sum()
        present = shares > 0
        expected = shares[present] * self.batch_size
        return float((((counts[:, present] - expected) ** 2 / expected).sum(1)).mean() / max(1, present.sum() - 1))
