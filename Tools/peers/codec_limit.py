"""The codec library alone: how fast one core decodes the stored chunks of a file, as one JSON line.

    python Tools/peers/codec_limit.py --file data/images-gzip.h5

Chunks lie in memory before the clock starts, each is decoded into the same buffer, and the clock is the thread's own
time. No byte unshuffle (blosc's own aside), no conversion, no copy to a place of use: a line that a loader can
come near to, and not cross. gzip: libdeflate; lzf: liblzf; zstd: libzstd; blosc: libblosc with one thread. A contiguous
dataset has no codec; its line is the copy out of the page cache (`preadv`).
"""

import argparse
import ctypes
import json
import os
import statistics
import sys
import time

import h5py
import hdf5plugin  # registers the filters

SHUFFLE, DEFLATE, LZF, BLOSC, ZSTD = 2, 1, 32000, 32001, 32015
STORED_BYTES = 128 << 20


def library(*names):
    for name in names:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    sys.exit(f"codec_limit.py: expected one of the libraries {', '.join(names)}, found none: install it")


def function(library, name, result, *arguments):
    found = library[name]
    found.restype, found.argtypes = result, arguments
    return found


def deflate():
    lib = library("libdeflate.so.0", "libdeflate.so")
    state = function(lib, "libdeflate_alloc_decompressor", ctypes.c_void_p)()
    size, pointer = ctypes.c_size_t, ctypes.c_void_p
    run = function(lib, "libdeflate_zlib_decompress", ctypes.c_int, pointer, pointer, size, pointer, size, pointer)
    return lambda source, length, target, room: room if run(state, source, length, target, room, None) == 0 else 0


def lzf():
    unsigned, pointer = ctypes.c_uint, ctypes.c_void_p
    return function(library("liblzf.so.1"), "lzf_decompress", unsigned, pointer, unsigned, pointer, unsigned)


def zstd():
    lib, size, pointer = library("libzstd.so.1"), ctypes.c_size_t, ctypes.c_void_p
    state = function(lib, "ZSTD_createDCtx", pointer)()
    run = function(lib, "ZSTD_decompressDCtx", size, pointer, pointer, size, pointer, size)
    return lambda source, length, target, room: run(state, target, room, source, length)


def blosc():
    lib, pointer = library("libblosc.so.1"), ctypes.c_void_p
    run = function(lib, "blosc_decompress_ctx", ctypes.c_int, pointer, pointer, ctypes.c_size_t, ctypes.c_int)
    return lambda source, length, target, room: run(source, target, room, 1)


CODECS = {
    DEFLATE: ("gzip (libdeflate)", deflate), LZF: ("lzf (liblzf)", lzf),
    ZSTD: ("zstd (libzstd)", zstd), BLOSC: ("blosc (libblosc)", blosc),
}


def filters_of(dataset):
    creation = dataset.id.get_create_plist()
    return [creation.get_filter(index)[0] for index in range(creation.get_nfilters())]


def decode_rate(dataset, path, passes):
    """Bytes per second of each pass over the stored chunks, the codec's name, and what else decoding takes."""
    filters = filters_of(dataset)
    found = [number for number in filters if number in CODECS]
    if len(found) != 1 or not set(filters) <= {SHUFFLE, *found}:
        sys.exit(f"codec_limit.py: {path}: expected one of {list(CODECS)} and byte shuffle at most, found {filters}")
    name, make = CODECS[found[0]]
    decode, room = make(), dataset.dtype.itemsize
    for extent in dataset.chunks:
        room *= extent
    skipped = 1 << filters.index(found[0])
    chunks, total = [], 0
    stored_chunks = []
    dataset.id.chunk_iter(stored_chunks.append)
    for info in stored_chunks:
        if info.filter_mask & skipped:
            continue
        _, stored = dataset.id.read_direct_chunk(info.chunk_offset)
        chunks.append(stored)
        total += len(stored)
        if total >= STORED_BYTES:
            break
    if not chunks:
        sys.exit(f"codec_limit.py: {path}: expected chunks that went through {name}, found none")
    target, rates = ctypes.create_string_buffer(room), []
    for _ in range(passes):
        start = time.thread_time()
        for stored in chunks:
            count = decode(stored, len(stored), target, room)
            if count != room:
                sys.exit(f"codec_limit.py: {path}: {name}: expected {room} bytes of a chunk, found {count}")
        rates.append(len(chunks) * room / (time.thread_time() - start))
    return rates, name, "byte unshuffle" if SHUFFLE in filters and dataset.dtype.itemsize > 1 else None


def read_rate(dataset, path, passes):
    """The same of reading a contiguous dataset in pieces."""
    offset, size = dataset.id.get_offset(), dataset.nbytes
    buffer, rates = bytearray(1 << 17), []
    descriptor = os.open(path, os.O_RDONLY)
    for _ in range(passes):
        start, done = time.thread_time(), 0
        while done < size:
            done += os.preadv(descriptor, [memoryview(buffer)[: size - done]], offset + done)
        rates.append(size / (time.thread_time() - start))
    os.close(descriptor)
    return rates, "no codec (preadv)", None


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--file", required=True, help="written by make_loader_data.py")
    parser.add_argument("--x", metavar="NAME", help="the wide dataset (the first of several axes)")
    parser.add_argument("--passes", type=int, default=3, help="passes over the chunks; the median counts (3)")
    arguments = parser.parse_args()
    with h5py.File(arguments.file) as file:
        dataset = file[arguments.x or next(key for key in file if file[key].ndim > 1)]
        measure = decode_rate if dataset.chunks else read_rate
        rates, codec, left_out = measure(dataset, arguments.file, arguments.passes)
    line = {
        "peer": "codec-limit", "file": arguments.file, "codec": codec, "without": left_out,
        "decoded_bytes_per_second": round(statistics.median(rates)), "passes": [round(rate) for rate in rates],
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
