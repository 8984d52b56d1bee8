"""The rows of the loader's benchmark: pictures of uint8 and measurements of float32, the same for the same seed."""

import numpy as np

IMAGE_SHAPE = (32, 32, 3)
COLUMNS = 128
CLASSES = 10

# Basis of smooth fields on 32 points: half a period to two periods of a cosine.
_POINTS = ((np.arange(32) + 0.5) / 32).astype("float32")
_COSINES = np.cos(np.pi * np.arange(5)[:, None] * _POINTS).astype("float32")
_FALLOFF = (1 / (1 + np.add.outer(np.arange(5), np.arange(5)))).astype("float32")


def images(rows, random):
    """Images (rows, 32, 32, 3) uint8 and labels (rows,) int64.

    Each image is a smooth field of light over a second one, with a straight edge between them. Light is coarse in the
    shades (as after lossy compression), saturates at both ends, and carries sensor noise where it does not. The label
    is the direction of the edge.
    """
    labels = random.integers(0, CLASSES, rows)
    fields = random.normal(0, 1, (rows, 2, 3, 5, 5)).astype("float32") * _FALLOFF
    # A common brightness: the channels of a photograph go together.
    fields[:, :, 1:] = fields[:, :, :1] + 0.3 * fields[:, :, 1:]
    fields = np.moveaxis(_COSINES.T @ fields @ _COSINES, 2, 4)
    level = random.uniform(40, 215, (rows, 2, 1, 1, 1)).astype("float32")
    light = level + 60 * fields

    angle = (labels + random.uniform(-0.3, 0.3, rows)) * (2 * np.pi / CLASSES)
    across = np.cos(angle).astype("float32")[:, None] * (_POINTS - 0.5)
    down = np.sin(angle).astype("float32")[:, None] * (_POINTS - 0.5)
    side = across[:, None, :] + down[:, :, None] > random.uniform(-0.2, 0.2, rows)[:, None, None]
    light = np.where(side[..., None], light[:, 0], light[:, 1])

    light = np.round(light / 12) * 12
    # Few levels of noise, as in good light: none for most samples, a step up or down for the others.
    noise = random.integers(0, 256, light.shape, dtype="uint8")
    light += np.float32(4) * ((noise > 205).astype("float32") - (noise < 51))
    return np.clip(light, 0, 255).astype("uint8"), labels


def measurements(rows, random):
    """Rows (rows, 128) float32 and labels (rows,) int64.

    By columns: 32 drift slowly, as temperatures do, and are known to 24 bits; 40 come from converters of 12 bits; 40
    are noise of full precision; 16 are counts and codes. The label is the code in the last column.
    """
    result = np.empty((rows, COLUMNS), "float32")
    columns = np.arange(COLUMNS)
    gain = 10.0 ** random.uniform(-2, 3, COLUMNS)
    drift = np.cumsum(random.normal(0, 0.01, (rows, 32)), axis=0) + random.normal(0, 5, 32)
    result[:, :32] = gain[:32] * drift
    result[:, 32:72] = np.round(random.normal(0, 300, (rows, 40)) + 2048) * (5 / 4096)
    result[:, 72:112] = gain[72:112] * random.normal(0, 1, (rows, 40))
    result[:, 112:] = random.poisson(0.2 + 2.0 * (columns[112:] - 112), (rows, 16))
    labels = random.integers(0, CLASSES, rows)
    result[:, -1] = labels
    return result, labels
