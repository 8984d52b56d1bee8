"""tf.data over TFRecord files, shuffled through a buffer."""

import functools
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from shard_rows import IMAGE_BYTES, IMAGE_SHAPE, parts

PACKAGES = ["tensorflow"]
FILES = 64
# TFRecord knows gzip and zlib, and no zstd.
COMPRESSIONS = ("", "GZIP")


def folder(out, compression):
    return os.path.join(out, compression or "raw")


def write(source, out):
    """Records are a label of 8 bytes and the pixels: nothing is faster to parse. Raw files and gzipped ones."""
    for compression in COMPRESSIONS:
        os.makedirs(folder(out, compression))
        for number, part in enumerate(parts(source, FILES)):
            path = os.path.join(folder(out, compression), f"{number:02}.tfrecord")
            with tf.io.TFRecordWriter(path, compression) as writer:
                for x, y in source.rows(*part):
                    writer.write(y.to_bytes(8, "little") + x.tobytes())


def convert_variants(source, out):
    return {"1 process, raw and gzipped files": lambda: write(source, out)}


def batched(records):
    rows = tf.io.decode_raw(records, tf.uint8)
    return tf.reshape(tf.cast(rows[:, 8:], tf.float32), (-1, *IMAGE_SHAPE)), tf.cast(rows[:, 0], tf.int64)


def epoch_variants(out, batch_size, window_rows):
    def make(compression, cycle):
        names = sorted(os.path.join(folder(out, compression), name) for name in os.listdir(folder(out, compression)))
        options = tf.data.Options()
        options.deterministic = False
        data = (
            tf.data.Dataset.from_tensor_slices(names)
            .shuffle(len(names), seed=1)
            .interleave(
                lambda name: tf.data.TFRecordDataset(name, compression, buffer_size=1 << 18), cycle_length=cycle,
                block_length=16, num_parallel_calls=tf.data.AUTOTUNE,
            )
            .shuffle(window_rows, seed=2)
            .batch(batch_size)
            .map(batched, num_parallel_calls=tf.data.AUTOTUNE)
            .prefetch(8)
            .with_options(options)
        )
        return data.as_numpy_iterator

    return {
        f"{compression.lower() or 'raw'} files, {cycle} at a time": functools.partial(make, compression, cycle)
        for compression in COMPRESSIONS
        for cycle in (4, 16)
    }
