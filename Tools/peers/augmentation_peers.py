"""Measures single random changes of images with one peer; prints {change: images per second} as one JSON line.

    python Tools/peers/augmentation_peers.py --peer torchvision --size 224 --type uint8 --seconds 0.5

    torchvision  transforms.v2 on one image after the other (channels first, as it stores them) into its place in a
                 batch, a process for each core, as a DataLoader's workers do it: each has parameters of its own
    keras        the layers on a batch of 32, compiled by tf.function, all cores: each image has parameters of its own
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
    }
    if kind == "float32":
        transforms["noise"] = v2.GaussianNoise(sigma=0.01)
    else:
        transforms["randaugment"] = v2.RandAugment(2)

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


def keras_rates(size, kind, seconds):
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import tensorflow as tf
    from keras import layers as k

    top = 255 if kind == "uint8" else 1
    images = tf.random.uniform((BATCH, size, size, 3), 0, 256, dtype=tf.int32)
    images = tf.cast(images, tf.uint8) if kind == "uint8" else tf.cast(images, tf.float32) / 255
    part = size * 7 // 8
    span = {"value_range": (0, top)}
    layers = {
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
        "noise": k.GaussianNoise(0.01 * top),
        "erase": k.RandomErasing((0.5, 0.5), **span),
        "blur": k.RandomGaussianBlur((1, 1), 7, **span),
        "mixup": k.MixUp(0.2),
        "cutmix": k.CutMix(1.0),
        "randaugment": k.RandAugment(**span),
    }
    result = {}
    for name, layer in layers.items():
        @tf.function
        def run(layer=layer):
            return layer(tf.cast(images, tf.float32), training=True)

        try:
            result[name] = rate(lambda: run().numpy(), BATCH, seconds)
        except Exception as error:  # A layer that does not work on this backend is left out, by name.
            result[f"{name} failed"] = f"{type(error).__name__}: {error}"[:120]
    return result


def worker(arguments):
    return torchvision_rates(*arguments)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", required=True, choices=("torchvision", "keras"))
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--type", default="uint8", choices=("uint8", "float32"))
    parser.add_argument("--seconds", type=float, default=0.5)
    options = parser.parse_args()
    case = (options.size, options.type, options.seconds)
    if options.peer == "keras":
        result = keras_rates(*case)
    else:
        cores = len(os.sched_getaffinity(0))
        with multiprocessing.get_context("spawn").Pool(cores) as pool:
            parts = pool.map(worker, [case] * cores, chunksize=1)
        result = {name: sum(part[name] for part in parts) for name in parts[0]}
    print(json.dumps({name: value for name, value in result.items()}))


if __name__ == "__main__":
    main()
