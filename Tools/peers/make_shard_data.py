"""Writes what the shards' benchmark converts: a folder of photographs by class, and an HDF5 file sorted by class.

    python Tools/peers/make_shard_data.py data/ --scale 1.0

`photos/`     4,000 JPEG files of about 256 x 256 in ten folders: smooth patterns with sensor noise, about 14 kB each
`images.h5`   60,000 images (32, 32, 3) uint8 with int64 labels, gzip level 4 with byte shuffle, chunks of 64 rows

Rows are sorted by class, the worst that a loader's shuffling can meet. The same arguments give the same content.
"""

import argparse
import pathlib

import h5py
import numpy as np
from PIL import Image

import loader_content

PHOTOS, IMAGES = 4_000, 60_000
CLASSES = loader_content.CLASSES
SLAB = 4096


def photo(random):
    """A smooth pattern of 6 x 6 colours, with noise as of a small sensor."""
    height, width = random.integers(240, 272, 2)
    colours = random.integers(0, 256, (6, 6, 3), dtype="uint8")
    smooth = np.asarray(Image.fromarray(colours).resize((width, height), Image.Resampling.BICUBIC), "float32")
    noise = random.normal(0, 4, smooth.shape).astype("float32")
    return Image.fromarray(np.clip(smooth + noise, 0, 255).astype("uint8"))


def make_photos(folder, count, random):
    for label in range(CLASSES):
        (folder / f"class-{label}").mkdir(parents=True, exist_ok=True)
    total = 0
    for number in range(count):
        path = folder / f"class-{number % CLASSES}" / f"{number:06}.jpg"
        photo(random).save(path, quality=90)
        total += path.stat().st_size
    print(f"{folder}: {count} files, {total / 1e6:.0f} MB")


def make_images(path, count, random):
    slabs = [loader_content.images(min(SLAB, count - start), random) for start in range(0, count, SLAB)]
    images, labels = (np.concatenate(column) for column in zip(*slabs))
    order = np.argsort(labels, kind="stable")
    with h5py.File(path, "w") as file:
        options = dict(compression="gzip", compression_opts=4, shuffle=True, track_times=False)
        chunk = (min(64, count), *images.shape[1:])
        file.create_dataset("images", data=images[order], chunks=chunk, **options)
        file.create_dataset("labels", data=labels[order], chunks=(min(4096, count),), **options)
        print(f"{path}: {count} rows, {images.nbytes / 1e6:.0f} MB")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("out", type=pathlib.Path, metavar="OUTDIR")
    parser.add_argument("--scale", type=float, default=1.0, help="times the photographs and the rows (1.0)")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, count, make in (("photos", PHOTOS, make_photos), ("images.h5", IMAGES, make_images)):
        count = max(CLASSES, round(count * arguments.scale))
        make(arguments.out / name, count, np.random.default_rng(arguments.seed))


if __name__ == "__main__":
    main()
