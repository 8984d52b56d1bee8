"""Keras on TensorFlow or JAX: `fit` for training, a function of the backend's own compiler for single predictions."""

import importlib.metadata
import os
import time

BACKEND = os.environ["KERAS_BACKEND"]
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
os.environ["JAX_PLATFORMS"] = "cpu"

import keras
import numpy as np

import bench_data
import models_keras
from bench_models import MODELS

LOSS = "sparse_categorical_crossentropy"


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


class Peer:
    workers_peak = 0

    def __init__(self, arguments):
        self.arguments, self.last_loss = arguments, float("nan")
        self.spec = MODELS[arguments.model]
        self.versions = {"keras": keras.__version__, "numpy": np.__version__}
        self.versions["h5py"] = importlib.metadata.version("h5py")
        if BACKEND == "tensorflow":
            import tensorflow as tf

            tf.config.threading.set_intra_op_parallelism_threads(arguments.threads)
            tf.config.threading.set_inter_op_parallelism_threads(arguments.threads)
            self.versions["tensorflow"] = tf.__version__
        else:
            import jax

            self.versions["jax"] = jax.__version__
        if arguments.precision == "bfloat16":
            keras.config.set_dtype_policy("mixed_bfloat16")

    def training(self):
        """Functions of a number of epochs, which give the seconds of each."""
        from feed_keras import Feeds

        feeds = Feeds(self.arguments, self.spec.shape).all()
        variants = {
            f"{feed}, {'XLA' if jit else 'no XLA'}": self.trainer(make, jit)
            for feed, make in feeds.items()
            for jit in self.compilers()
        }
        feed, make = next(iter(feeds.items()))
        if self.arguments.model in ("mlp", "thin"):  # calls take a good part of such short steps
            variants[f"{feed}, XLA, 10 steps a call"] = self.trainer(make, True, steps_per_execution=10)
        return variants

    def compilers(self):
        """With and without XLA; JAX is nothing without. TensorFlow's convolutions are 4 to 5 times slower under XLA."""
        if BACKEND == "jax":
            return [True]
        return [False] if self.spec.images else [True, False]

    def trainer(self, make_feed, jit, steps_per_execution=1):
        def run(epochs):
            model = self.fresh()
            model.compile(keras.optimizers.Adam(), LOSS, jit_compile=jit, steps_per_execution=steps_per_execution)
            times = EpochTimes()
            model.fit(**make_feed(), epochs=epochs, verbose=0, callbacks=[times])
            self.last_loss = times.loss
            return times.seconds

        return run

    def fresh(self):
        keras.backend.clear_session()
        keras.utils.set_random_seed(1)
        return models_keras.make(self.arguments.model)

    def first_update(self, variant):
        """One batch through `fit`, from a model that is made here."""
        samples, labels = bench_data.random_arrays(self.arguments.model, self.arguments.batch_size)
        model, eager = self.fresh(), variant == "op by op"
        model.compile(keras.optimizers.Adam(), LOSS, jit_compile=variant == "XLA", run_eagerly=eager)
        history = model.fit(samples, labels, batch_size=len(samples), verbose=0)
        self.last_loss = history.history["loss"][0]

    def latency(self):
        """Functions of a number of calls, which give the seconds of each: one sample in, its probabilities out."""
        sample = bench_data.random_arrays(self.arguments.model, 1)[0]
        model = self.fresh()
        calls = self.jax_calls(model) if BACKEND == "jax" else self.tensorflow_calls(model)

        def timed(call):
            def run(count):
                seconds = []
                for _ in range(count):
                    start = time.perf_counter()
                    np.asarray(call(sample))
                    seconds.append(time.perf_counter() - start)
                return seconds

            return run

        return {name: timed(call) for name, call in calls.items()}

    def tensorflow_calls(self, model):
        import tensorflow as tf

        def graph(jit):
            function = tf.function(lambda x: model(x, training=False), jit_compile=jit)
            return lambda sample: function(tf.constant(sample))

        return {"tf.function": graph(False), "tf.function, XLA": graph(True)}

    def jax_calls(self, model):
        import jax

        trained = [variable.value for variable in model.trainable_variables]
        others = [variable.value for variable in model.non_trainable_variables]
        with_weights = jax.jit(lambda trained, others, x: model.stateless_call(trained, others, x, training=False)[0])
        with_constants = jax.jit(lambda x: model.stateless_call(trained, others, x, training=False)[0])
        return {
            "jit": lambda sample: with_weights(trained, others, sample),
            "jit, weights as constants": with_constants,
        }
