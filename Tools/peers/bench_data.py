"""What the peers are fed: arrays in memory, and the order in which chunks of an HDF5 file are read."""

import sys

import numpy as np

from bench_models import MODELS

# h5py is imported where a file is read: it would lengthen the way to a first update, which needs none.
CHUNK_CACHE_BYTES = 16 << 20


def open_hdf5(path):
    import h5py

    return h5py.File(path, "r", rdcc_nbytes=CHUNK_CACHE_BYTES)


def check_rows(path, rows):
    with open_hdf5(path) as file:
        if len(file["labels"]) < rows:
            sys.exit(f"{path} has {len(file['labels'])} rows, the epoch needs {rows}: lower --steps")
        return file["images"].chunks[0]


def arrays(model, rows, path=None):
    """Samples of the model's shape and labels int64. Images of 28x28 are float32 in 0...1, as in the file."""
    shape = MODELS[model].shape
    if np.prod(shape) != 784:
        return random_arrays(model, rows)
    if path:
        check_rows(path, rows)
        with open_hdf5(path) as file:
            images, labels = file["images"][:rows], file["labels"][:rows]
    else:
        from make_bench_data import blocks

        images, labels = (np.concatenate(column) for column in zip(*blocks(rows)))
    return to_float(images).reshape(-1, *shape), labels


def random_arrays(model, rows):
    """Float32 in 0...1, or tokens of int32, and labels that have nothing to do with them, so that losses stay large
    and gradients do not shrink to denormal numbers. The same arguments give the same arrays."""
    spec, random = MODELS[model], np.random.default_rng(1)
    if spec.tokens:
        samples = random.integers(0, spec.tokens, (rows, *spec.shape), dtype="int32")
    else:
        samples = random.random((rows, *spec.shape), dtype="float32")
    return samples, random.integers(0, spec.classes, (rows, *spec.label_shape))


def to_float(images):
    return np.multiply(images, np.float32(1 / 255), dtype="float32")


def shuffled_chunks(rows, chunk, random):
    """Row ranges of the chunks, in random order."""
    starts = random.permutation(np.arange(0, rows, chunk))
    return [(int(start), int(min(start + chunk, rows))) for start in starts]
