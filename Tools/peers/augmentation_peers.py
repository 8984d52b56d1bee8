"""Measures single random changes of images with one peer; prints {change: images per second} as one JSON line.

    python Tools/peers/augmentation_peers.py --peer torchvision --size 224 --type uint8 --seconds 0.5

    torchvision  transforms.v2 on one image after the other (channels first, as it stores them) into its place in a
                 batch, a process for each core, as a DataLoader's workers do it: each has parameters of its own
    keras        the layers on a batch of 32, compiled by tf.function, all cores: each image has parameters of its own
    keras-jax    the same on JAX, compiled by jax.jit
"""

import argparse
import json
import multiprocessing
import os
import time

BATCH = 32


def rate(run, count, seconds):
    """Images per second of the best of five stretches."""
    run()
    best = 0
    for _ in range(5):
        begin, done = time.perf_counter(), 0
        while (passed := time.perf_counter() - begin) < seconds / 5 or done == 0:
            run()
            done += count
        best = max(best, done / (time.perf_counter() - begin))
    return best


def torchvision_rates(size, kind, seconds):
    import torch
    from torchvision.transforms import v2

    torch.set_num_threads(1)
    torch.manual_seed(os.getpid())
    batch = torch.randint(0, 256, (BATCH, 3, size, size), dtype=torch.uint8)
    if kind == "float32":
        batch = batch.float() / 255
    labels = torch.nn.functional.one_hot(torch.arange(BATCH) % 10, 10).float()
    bilinear = v2.InterpolationMode.BILINEAR
    part = size * 7 // 8
    transforms = {
        "flip": v2.RandomHorizontalFlip(0.5),
        "crop": v2.RandomCrop(part),
        "shift": v2.RandomAffine(0, translate=(0.1, 0.1), interpolation=bilinear),
        "rotate": v2.RandomRotation(15, interpolation=bilinear),
        "zoom": v2.RandomAffine(0, scale=(0.9, 1.1), interpolation=bilinear),
        "shear": v2.RandomAffine(0, shear=(-10, 10, -10, 10), interpolation=bilinear),
        "contrast": v2.ColorJitter(contrast=0.2),
        "brightness": v2.ColorJitter(brightness=0.2),
        "saturation": v2.ColorJitter(saturation=0.2),
        "hue": v2.ColorJitter(hue=0.05),
        "erase": v2.RandomErasing(0.5, value="random"),
        "blur": v2.GaussianBlur(7, (0.1, 1.0)),
        "sharpness": v2.RandomAdjustSharpness(1.5, 1),
        "solarize": v2.RandomSolarize(128 if kind == "uint8" else 0.5, 1),
        "invert": v2.RandomInvert(1),
        "autocontrast": v2.RandomAutocontrast(1),
        "perspective": v2.RandomPerspective(0.3, 1, interpolation=bilinear),
        # What Keras's layer does at half of its strength.
        "elastic": v2.ElasticTransform(size * 0.05, max(size * 0.025, 0.4)),
    }
    if kind == "float32":
        transforms["noise"] = v2.GaussianNoise(sigma=0.01)
    else:
        transforms |= {
            "posterize": v2.RandomPosterize(4, 1), "equalize": v2.RandomEqualize(1), "randaugment": v2.RandAugment(2),
            "augmix": v2.AugMix(interpolation=bilinear),
        }

    def change(f):
        # What a worker hands over is a batch.
        side = part if f is transforms["crop"] else size
        out = torch.empty((BATCH, 3, side, side), dtype=batch.dtype)

        def run():
            for image, place in zip(batch, out):
                place.copy_(f(image))

        return run

    result = {name: rate(change(f), BATCH, seconds) for name, f in transforms.items()}
    if kind == "float32":
        result["mixup"] = rate(lambda f=v2.MixUp(alpha=0.2, num_classes=10): f(batch, labels), BATCH, seconds)
        result["cutmix"] = rate(lambda f=v2.CutMix(alpha=1.0, num_classes=10): f(batch, labels), BATCH, seconds)
    return result


def keras_layers(size, top):
    from keras import layers as k

    part = size * 7 // 8
    span = {"value_range": (0, top)}
    return {
        "flip": k.RandomFlip("horizontal"),
        "crop": k.RandomCrop(part, part),
        "shift": k.RandomTranslation(0.1, 0.1),
        "rotate": k.RandomRotation(15 / 360),
        "zoom": k.RandomZoom(0.1),
        "shear": k.RandomShear(0.1, 0.1),
        "contrast": k.RandomContrast((0.2, 0.2), **span),
        "brightness": k.RandomBrightness(0.1, **span),
        "saturation": k.RandomSaturation((0.4, 0.6), **span),
        "hue": k.RandomHue(0.1, **span),
        # Keras takes no deviation above 1; it costs the same.
        "noise": k.GaussianNoise(0.01),
        "erase": k.RandomErasing((0.5, 0.5), **span),
        "blur": k.RandomGaussianBlur((1, 1), 7, **span),
        "degenerate": k.RandomColorDegeneration(0.5, **span),
        "sharpness": k.RandomSharpness((0.25, 0.75), **span),
        "posterize": k.RandomPosterization((4, 4), **span),
        "solarize": k.Solarization(0.0, 0.5, **span),
        "invert": k.RandomInvert((1, 1), **span),
        "autocontrast": k.AutoContrast(**span),
        "equalize": k.Equalization(**span),
        "perspective": k.RandomPerspective((1, 1), 0.3),
        "elastic": k.RandomElasticTransform((1, 1), 0.5, **span),
        "mixup": k.MixUp(0.2),
        "cutmix": k.CutMix(1.0),
        "randaugment": k.RandAugment(**span),
        "augmix": k.AugMix(**span),
    }


def compiled(layer, images):
    """A function without arguments that changes the images and waits for the result."""
    if os.environ["KERAS_BACKEND"] == "tensorflow":
        import tensorflow as tf

        given = tf.constant(images)
        run = tf.function(lambda: layer(tf.cast(given, tf.float32), training=True))
        return lambda: run().numpy()
    import jax

    given = jax.numpy.asarray(images)
    layer.build(images.shape)
    run = jax.jit(lambda state, x: layer.stateless_call([], state, x.astype("float32"), training=True))
    state = [[variable.value for variable in layer.non_trainable_variables]]

    def step():
        out, state[0] = run(state[0], given)
        out.block_until_ready()

    return step


def keras_rates(size, kind, seconds, backend):
    os.environ["KERAS_BACKEND"] = backend
    import numpy as np

    images = np.random.default_rng(1).integers(0, 256, (BATCH, size, size, 3), dtype="uint8")
    if kind == "float32":
        images = images.astype("float32") / 255
    result = {}
    for name, layer in keras_layers(size, 255 if kind == "uint8" else 1).items():
        # JAX compiles each of the 256 tones of a histogram by itself, which takes minutes.
        if backend == "jax" and name in ("equalize", "randaugment", "augmix"):
            continue
        try:
            result[name] = rate(compiled(layer, images), BATCH, seconds)
        except Exception as error:  # A layer that does not work on this backend is left out, by name.
            result[f"{name} failed"] = f"{type(error).__name__}: {error}"[:120]
    return result


def worker(arguments):
    return torchvision_rates(*arguments)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", required=True, choices=("torchvision", "keras", "keras-jax"))
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--type", default="uint8", choices=("uint8", "float32"))
    parser.add_argument("--seconds", type=float, default=0.5)
    options = parser.parse_args()
    case = (options.size, options.type, options.seconds)
    if options.peer != "torchvision":
        result = keras_rates(*case, "jax" if options.peer == "keras-jax" else "tensorflow")
    else:
        cores = len(os.sched_getaffinity(0))
        with multiprocessing.get_context("spawn").Pool(cores) as pool:
            parts = pool.map(worker, [case] * cores, chunksize=1)
        result = {name: sum(part[name] for part in parts) for name in parts[0]}
    print(json.dumps({name: value for name, value in result.items()}))


if __name__ == "__main__":
    main()
