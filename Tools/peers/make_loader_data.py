"""Writes the files of the loader's benchmark: the same rows under several filters.

    python Tools/peers/make_loader_data.py data/ --scale 1.0

60,000 images (32, 32, 3) uint8 in chunks of 64 (192 KiB), and 600,000 rows of 128 float32 in chunks of 256 (128 KiB),
each with int64 labels: `images-gzip.h5` … `rows-none.h5`. Natural photographs and tables of measurements compress about
as these do (gzip: 1.8 and 1.5). The same arguments give the same content.

    gzip        level 4, byte shuffle          lzf, zstd   byte shuffle (zstd level 3)
    blosc       lz4, level 5, byte shuffle     none        contiguous
    lzf-plain, zstd-plain                      without shuffle; only when asked for with --variants
"""

import argparse
import contextlib
import pathlib

import h5py
import hdf5plugin
import numpy as np

import loader_content

FILTERS = {
    "gzip": dict(compression="gzip", compression_opts=4, shuffle=True),
    "lzf": dict(compression="lzf", shuffle=True),
    "zstd": dict(hdf5plugin.Zstd(clevel=3), shuffle=True),
    "blosc": dict(hdf5plugin.Blosc(cname="lz4", clevel=5, shuffle=hdf5plugin.Blosc.SHUFFLE)),
    "none": {},
    "lzf-plain": dict(compression="lzf"),
    "zstd-plain": dict(hdf5plugin.Zstd(clevel=3)),
}
DEFAULT_VARIANTS = ["gzip", "lzf", "zstd", "blosc", "none"]
LABELS_PER_CHUNK = 4096

# Name, rows at scale 1, shape of a row, type, rows of a chunk, and what makes them.
KINDS = [
    ("images", 60_000, loader_content.IMAGE_SHAPE, "uint8", 64, loader_content.images),
    ("rows", 600_000, (loader_content.COLUMNS,), "float32", 256, loader_content.measurements),
]


def create(path, variant, name, rows, shape, dtype, chunk_rows):
    """An open file with its two datasets, still empty."""
    file = h5py.File(path, "w")
    options = dict(FILTERS[variant], track_times=False)
    chunked = variant != "none"
    file.create_dataset(
        name, (rows, *shape), dtype, chunks=(min(chunk_rows, rows), *shape) if chunked else None, **options
    )
    file.create_dataset(
        "labels", (rows,), "int64", chunks=(min(LABELS_PER_CHUNK, rows),) if chunked else None, **options
    )
    return file


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("out", type=pathlib.Path, metavar="OUTDIR")
    parser.add_argument("--scale", type=float, default=1.0, help="times the rows of both kinds (1.0)")
    parser.add_argument("--variants", nargs="+", default=DEFAULT_VARIANTS, choices=FILTERS)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, full_rows, shape, dtype, chunk_rows, make in KINDS:
        rows = max(1, round(full_rows * arguments.scale))
        random = np.random.default_rng(arguments.seed)
        paths = {variant: arguments.out / f"{name}-{variant}.h5" for variant in arguments.variants}
        with contextlib.ExitStack() as stack:
            files = {
                variant: stack.enter_context(create(path, variant, name, rows, shape, dtype, chunk_rows))
                for variant, path in paths.items()
            }
            # Label chunks are written whole, so that none is compressed twice.
            for start in range(0, rows, LABELS_PER_CHUNK):
                end = min(start + LABELS_PER_CHUNK, rows)
                content, labels = make(end - start, random)
                for file in files.values():
                    file[name][start:end], file["labels"][start:end] = content, labels
            for variant, file in files.items():
                ratio = file[name].nbytes / file[name].id.get_storage_size()
                print(f"{paths[variant]}: {rows} rows, {file[name].nbytes / 1e6:.0f} MB, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
