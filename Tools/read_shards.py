#!/usr/bin/env python3
"""Reads a dataset of Millrace shards, from the specification alone: zstandard, xxhash and numpy.

    Tools/read_shards.py DIRECTORY            prints the columns, their rows and the first values

`read_dataset(directory)` gives {column: array}, ragged columns as lists of arrays, `bytes` columns as lists of bytes;
`read_row(directory, row)` decodes one block. The checksums of the manifest, of a shard's index and of every frame that is
read are checked; the hash of a whole file is not, which is what `millrace shard verify` is for.
"""

import json
import os
import struct
import sys

import numpy as np
import xxhash
import zstandard

TYPES = {"bool": "?", "uint8": "<u1", "int8": "<i1", "uint16": "<u2", "int16": "<i2", "uint32": "<u4", "int32": "<i4",
         "uint64": "<u8", "int64": "<i8", "float16": "<f2", "float32": "<f4", "float64": "<f8", "bytes": "<u1",
         "bfloat16": "<u2"}  # numpy has no bfloat16: its bits


class Shard:
    def __init__(self, path, entry=None):
        """Opens a shard, which is what `entry` of the manifest says it is."""
        self.file = open(path, "rb")
        head = self.file.read(8)
        magic, size = struct.unpack("<II", head)
        assert magic == 0x184D2A50, f"{path}: not a shard"
        head += self.file.read(size)
        text, stored = head[8:-8], struct.unpack("<Q", head[-8:])[0]
        assert xxhash.xxh64_intdigest(text) == stored, f"{path}: damaged schema"
        self.schema = json.loads(text)
        assert self.schema["format"] == "millrace-shard" and self.schema["version"] == 1, path
        self.columns = self.schema["columns"]
        end = self.file.seek(-9, os.SEEK_END)
        frames, descriptor, magic = struct.unpack("<IBI", self.file.read(9))
        assert magic == 0x8F92EAB1 and descriptor == 0x80, f"{path}: no seek table with checksums"
        start = self.file.seek(end - 12 * frames - 8)
        assert struct.unpack("<II", self.file.read(8)) == (0x184D2A5E, 12 * frames + 9), path
        self.file.seek(start)
        index = self.file.read()
        found = xxhash.xxh64_hexdigest(head + index)
        assert entry is None or found == entry["index_hash"], f"{path}: index of hash {found}, not the manifest's"
        table = np.frombuffer(index, "<u4", 3 * frames, 8).reshape(frames, 3)
        self.frames = table[1:]  # the first entry is the schema's frame
        self.offsets = np.concatenate(([0], np.cumsum(table[:, 0], dtype=np.int64)))[1:]
        assert self.offsets[-1] == start, f"{path}: frames do not fill the file"
        self.blocks = len(self.frames) // len(self.columns)

    def content(self, block, column):
        index = block * len(self.columns) + column
        stored, size, checksum = (int(field) for field in self.frames[index])
        self.file.seek(self.offsets[index])
        frame = self.file.read(stored)
        parameters = zstandard.get_frame_parameters(frame)
        assert parameters.has_checksum and parameters.content_size == size, "frame without checksum or of another size"
        assert frame[-4:] == struct.pack("<I", checksum), "another frame than the seek table's"
        return zstandard.ZstdDecompressor().decompress(frame)  # checks the checksum

    def rows(self, block, number):
        """The rows of a column of a block: an array, or a list of arrays or of bytes."""
        column, content = self.columns[number], self.content(block, number)
        lengths = None
        if column["ragged"]:
            count = struct.unpack_from("<I", content)[0]
            lengths, content = np.frombuffer(content, "<u4", count, 4), content[4 + 4 * count:]
        kind = np.dtype(TYPES[column["type"]])
        if column["shuffled"]:
            content = np.frombuffer(content, "u1").reshape(kind.itemsize, -1).T.tobytes()
        values = np.frombuffer(content, kind).reshape([-1] + column["shape"])
        if lengths is None:
            return values
        assert lengths.sum() == len(values), "lengths that do not fill the frame"
        rows = np.split(values, np.cumsum(lengths)[:-1]) if len(lengths) else []
        return [row.tobytes() for row in rows] if column["type"] == "bytes" else rows


def read_manifest(directory):
    path = os.path.join(directory, "manifest.json")
    with open(path, "rb") as file:
        text = file.read()
    end = b'"checksum":"%s"\n}\n' % xxhash.xxh64_hexdigest(text[:-32]).encode()
    assert text[-32:] == end, f"{path}: damaged, its checksum is another one"
    return json.loads(text)


def read_dataset(directory):
    manifest = read_manifest(directory)
    parts = {column["name"]: [] for column in manifest["columns"]}
    for entry in manifest["shards"]:
        shard = Shard(os.path.join(directory, entry["file"]), entry)
        for number, column in enumerate(shard.columns):
            parts[column["name"]] += [shard.rows(block, number) for block in range(shard.blocks)]
    return {column["name"]: sum(found, []) if column["ragged"] or not found else np.concatenate(found)
            for column, found in zip(manifest["columns"], parts.values())}


def read_row(directory, row):
    manifest = read_manifest(directory)
    for entry in manifest["shards"]:
        if row < entry["rows"]:
            shard = Shard(os.path.join(directory, entry["file"]), entry)
            block, place = divmod(row, manifest["block_rows"])
            return {column["name"]: shard.rows(block, number)[place] for number, column in enumerate(shard.columns)}
        row -= entry["rows"]
    raise IndexError(row)


if __name__ == "__main__":
    for name, values in read_dataset(sys.argv[1]).items():
        shape = f"{values.dtype} {values.shape}" if isinstance(values, np.ndarray) else f"{len(values)} ragged rows"
        print(f"{name}: {shape}, first {values[0] if len(values) else None}")
