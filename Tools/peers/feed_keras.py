"""What Keras's `fit` is fed with: arrays, tf.data, or a PyDataset over h5py."""

import keras
import numpy as np

import bench_data


class HDF5Dataset(keras.utils.PyDataset):
    """Chunks in random order, a chunk's batches one after the other so that HDF5's cache serves the later ones."""

    def __init__(self, path, rows, batch_size, shape, **options):
        super().__init__(**options)
        self.chunk = bench_data.check_rows(path, rows)
        self.file = bench_data.open_hdf5(path)
        self.images, self.labels = self.file["images"], self.file["labels"][:rows]
        self.rows, self.batch_size, self.shape = rows, batch_size, shape
        self.random = np.random.default_rng(1)
        self.on_epoch_end()

    def on_epoch_end(self):
        self.batches = [
            (start, min(start + self.batch_size, end))
            for first, end in bench_data.shuffled_chunks(self.rows, self.chunk, self.random)
            for start in range(first, end, self.batch_size)
        ]

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        start, end = self.batches[index]
        order = np.random.default_rng([index, start]).permutation(end - start)
        images = bench_data.to_float(self.images[start:end][order])
        return images.reshape(-1, *self.shape), self.labels[start:end][order]


class Feeds:
    """Arguments of `fit`, by name. Each is made anew for every run, but for arrays in memory, which all runs share."""

    def __init__(self, arguments, shape):
        self.arguments, self.shape = arguments, shape
        self.rows = arguments.steps * arguments.batch_size
        if arguments.data == "memory":
            self.samples, self.labels = bench_data.arrays(arguments.model, self.rows, arguments.hdf5)

    def all(self):
        tensorflow = keras.backend.backend() == "tensorflow"
        if self.arguments.data == "memory":
            feeds = {"fit over arrays": self.from_arrays}
            return feeds | ({"fit over tf.data": self.from_tf_data} if tensorflow else {})
        feeds = {f"PyDataset, {count} worker threads": self.from_hdf5(count) for count in (1, 2)}
        return feeds | ({"tf.data over h5py": self.from_hdf5_tf_data} if tensorflow else {})

    def from_arrays(self):
        return dict(x=self.samples, y=self.labels, batch_size=self.arguments.batch_size, shuffle=True)

    def from_tf_data(self):
        import tensorflow as tf

        data = tf.data.Dataset.from_tensor_slices((self.samples, self.labels)).cache()
        data = data.shuffle(10_000, seed=1).batch(self.arguments.batch_size, drop_remainder=True)
        return dict(x=data.prefetch(tf.data.AUTOTUNE), shuffle=False)

    def from_hdf5(self, workers):
        def make():
            data = HDF5Dataset(
                self.arguments.hdf5, self.rows, self.arguments.batch_size, self.shape,
                workers=workers, max_queue_size=16,
            )
            return dict(x=data, shuffle=False)

        return make

    def from_hdf5_tf_data(self):
        import tensorflow as tf

        arguments, chunk = self.arguments, bench_data.check_rows(self.arguments.hdf5, self.rows)
        file = bench_data.open_hdf5(arguments.hdf5)
        images, labels = file["images"], file["labels"][: self.rows]
        random = np.random.default_rng(1)

        def chunks():
            for start, end in bench_data.shuffled_chunks(self.rows, chunk, random):
                order = random.permutation(end - start)
                yield images[start:end][order], labels[start:end][order]

        signature = (
            tf.TensorSpec((None, 28, 28), tf.uint8),
            tf.TensorSpec((None,), tf.int64),
        )

        def to_float(images, labels):
            return tf.reshape(tf.cast(images, tf.float32) / 255, (-1, *self.shape)), labels

        data = tf.data.Dataset.from_generator(chunks, output_signature=signature)
        data = data.rebatch(arguments.batch_size, drop_remainder=True)
        return dict(x=data.map(to_float, num_parallel_calls=1).prefetch(tf.data.AUTOTUNE), shuffle=False)
