"""Writes the benchmark's models as `.keras` files, compiled with Adam and sparse cross-entropy, for other readers.

    python Tools/peers/make_bench_models.py models/

NAME.keras has the policy float32, NAME-bfloat16.keras mixed_bfloat16, both from the seed 1 and not trained. Prints the
number of trainable parameters of each, which is the same in PyTorch where that is installed.
"""

import argparse
import os

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ["JAX_PLATFORMS"] = "cpu"

import keras

import models_keras
from bench_models import MODELS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", help="a directory, made when missing")
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    try:
        import models_pytorch
    except ImportError:
        models_pytorch = None
    for name, spec in MODELS.items():
        for policy, suffix in (("float32", ""), ("mixed_bfloat16", "-bfloat16")):
            keras.backend.clear_session()
            keras.utils.set_random_seed(1)
            keras.config.set_dtype_policy(policy)
            model = models_keras.make(name)
            model.compile(keras.optimizers.Adam(), "sparse_categorical_crossentropy")
            model.save(os.path.join(arguments.out, f"{name}{suffix}.keras"))
        if models_pytorch:
            models_pytorch.make(name)  # which checks the number
        both = "Keras and PyTorch" if models_pytorch else "Keras; PyTorch is not installed"
        print(f"{name:12} {spec.parameters:9,} trainable parameters, {both}")


if __name__ == "__main__":
    main()
