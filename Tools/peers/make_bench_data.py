"""Writes an HDF5 file of MNIST's shape and about MNIST's compressibility for the benchmarks.

Images of uint8 (rows, 28, 28), chunk rows 256, gzip and shuffle; labels int64. Each class is a set of strokes (chains
of smooth blobs) of its own; each image is its class shifted, weighted anew and lightly speckled inside the strokes, on a
background of zeros. One label in ten is random: with nothing left to learn, gradients would shrink to denormal numbers,
and a benchmark would measure how slow those are. The same arguments give the same file.

    python Tools/peers/make_bench_data.py bench.h5 --rows 60000
"""

import argparse

import h5py
import numpy as np

SIZE, CHUNK = 28, 256


def strokes(random):
    """Blob centres along three random quadratic curves inside the image."""
    t = np.linspace(0, 1, 8)[:, None]
    curves = []
    for _ in range(3):
        a, b, c = random.uniform(6, 22, (3, 2))
        curves.append((1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c)
    return np.concatenate(curves)


def render(centres, strength, random):
    """centres (rows, blobs, 2), strength (rows, blobs) to images (rows, 28, 28)."""
    axis = np.arange(SIZE, dtype="float32")
    down = np.exp(-((axis - centres[:, :, 0:1]) ** 2) / 3.0)
    across = np.exp(-((axis - centres[:, :, 1:2]) ** 2) / 3.0)
    ink = np.einsum("rb,rbi,rbj->rij", strength, down, across, optimize=True)
    speckle = random.normal(0, 6, ink.shape)
    value = np.where(ink > 0.12, 255 * np.minimum(ink, 1.0) + speckle, 0)
    return np.clip(value, 0, 255).astype("uint8")


def blocks(rows, seed=1):
    """The images and labels of the benchmark, 256 rows at a time."""
    random = np.random.default_rng(seed)
    shapes = np.stack([strokes(random) for _ in range(10)]).astype("float32")
    for start in range(0, rows, CHUNK):
        count = min(CHUNK, rows - start)
        labels = random.integers(0, 10, count)
        shift = random.uniform(-3, 3, (count, 1, 2))
        jitter = random.normal(0, 0.4, (count, shapes.shape[1], 2))
        strength = random.uniform(0.6, 1.0, (count, shapes.shape[1])).astype("float32")
        images = render((shapes[labels] + shift + jitter).astype("float32"), strength, random)
        wrong = random.random(count) < 0.1
        yield images, np.where(wrong, random.integers(0, 10, count), labels)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rows = arguments.rows
    options = dict(compression="gzip", compression_opts=4, shuffle=True, track_times=False)
    with h5py.File(arguments.out, "w") as file:
        chunk = min(CHUNK, rows)
        images = file.create_dataset("images", (rows, SIZE, SIZE), "uint8", chunks=(chunk, SIZE, SIZE), **options)
        labels = file.create_dataset("labels", (rows,), "int64", chunks=(min(16 * CHUNK, rows),), **options)
        start = 0
        for block_images, block_labels in blocks(rows, arguments.seed):
            end = start + len(block_labels)
            images[start:end], labels[start:end] = block_images, block_labels
            start = end
        ratio = images.size / images.id.get_storage_size()
    print(f"{arguments.out}: {rows} rows, gzip ratio of the images {ratio:.2f}")


if __name__ == "__main__":
    main()
