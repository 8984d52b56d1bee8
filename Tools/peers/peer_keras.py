"""Keras on TensorFlow or JAX: `fit`, fed with arrays, tf.data, or a PyDataset over h5py."""

import os
import time

BACKEND = os.environ["KERAS_BACKEND"]
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
os.environ["JAX_PLATFORMS"] = "cpu"

import h5py
import keras
import numpy as np
from keras import layers

import bench_data


class EpochTimes(keras.callbacks.Callback):
    """Epoch ends read the loss, so the work is done by then. No hook of batches: those would make Keras wait."""

    def __init__(self):
        super().__init__()
        self.seconds, self.loss = [], float("nan")

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.loss = float(logs["loss"])
        self.seconds.append(time.perf_counter() - self.start)


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


class Peer:
    workers_peak = 0

    def __init__(self, arguments):
        self.arguments, self.last_loss = arguments, float("nan")
        self.rows = arguments.steps * arguments.batch_size
        self.shape = (28, 28, 1) if arguments.model == "convnet" else (784,)
        self.versions = {"keras": keras.__version__, "h5py": h5py.__version__, "numpy": np.__version__}
        if BACKEND == "tensorflow":
            import tensorflow as tf

            tf.config.threading.set_intra_op_parallelism_threads(arguments.threads)
            tf.config.threading.set_inter_op_parallelism_threads(arguments.threads)
            self.versions["tensorflow"] = tf.__version__
        else:
            import jax

            self.versions["jax"] = jax.__version__
        if arguments.data == "memory":
            images, self.labels = bench_data.arrays(arguments.hdf5, self.rows)
            self.images = images.reshape(-1, *self.shape)
        self.variants = {
            f"{feed}, {'XLA' if jit else 'no XLA'}": self.runner(make, jit)
            for feed, make in self.feeds().items()
            for jit in self.compilers()
        }

    def compilers(self):
        """With and without XLA; JAX is nothing without. TensorFlow's convolutions are 4 to 5 times slower under XLA."""
        if BACKEND == "jax":
            return [True]
        return [False] if self.arguments.model == "convnet" else [True, False]

    def feeds(self):
        if self.arguments.data == "memory":
            feeds = {"fit over arrays": self.from_arrays}
            return feeds | ({"fit over tf.data": self.from_tf_data} if BACKEND == "tensorflow" else {})
        feeds = {f"PyDataset, {count} worker threads": self.from_hdf5(count) for count in (1, 2)}
        return feeds | ({"tf.data over h5py": self.from_hdf5_tf_data} if BACKEND == "tensorflow" else {})

    def from_arrays(self):
        return dict(x=self.images, y=self.labels, batch_size=self.arguments.batch_size, shuffle=True)

    def from_tf_data(self):
        import tensorflow as tf

        data = tf.data.Dataset.from_tensor_slices((self.images, self.labels)).cache()
        data = data.shuffle(10_000, seed=1).batch(self.arguments.batch_size, drop_remainder=True)
        return dict(x=data.prefetch(tf.data.AUTOTUNE))

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
        return dict(x=data.map(to_float, num_parallel_calls=1).prefetch(tf.data.AUTOTUNE))

    def runner(self, make_feed, jit):
        def run(epochs):
            keras.backend.clear_session()
            keras.utils.set_random_seed(1)
            model = self.model()
            model.compile(keras.optimizers.Adam(), "sparse_categorical_crossentropy", jit_compile=jit)
            times = EpochTimes()
            model.fit(**make_feed(), epochs=epochs, verbose=0, callbacks=[times])
            self.last_loss = times.loss
            return times.seconds

        return run

    def model(self):
        if self.arguments.model == "mlp":
            hidden = [layers.Dense(512, activation="relu"), layers.Dense(512, activation="relu")]
        else:
            hidden = [
                layers.Conv2D(32, 3, activation="relu"),
                layers.MaxPooling2D(),
                layers.Conv2D(64, 3, activation="relu"),
                layers.MaxPooling2D(),
                layers.Flatten(),
                layers.Dropout(0.5),
            ]
        return keras.Sequential([keras.Input(self.shape), *hidden, layers.Dense(10, activation="softmax")])
