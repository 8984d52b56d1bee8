"""The benchmark's models in Keras. What they are: bench_models.py."""

import math

import keras
from keras import layers

from bench_models import MOBILE_BLOCKS, MODELS, check_parameters


def make(name):
    """A fresh model under the current dtype policy, not compiled."""
    spec = MODELS[name]
    inputs = keras.Input(spec.shape, dtype="int32" if spec.tokens else None)
    hidden = BODIES[name](inputs)
    mixed = keras.config.dtype_policy().name != "float32"
    # Under mixed precision probabilities stay in float32, as Keras's guide has it.
    activation = None if mixed else "softmax"
    if name == "unet":
        outputs = layers.Conv2D(spec.classes, 1, activation=activation)(hidden)
    else:
        outputs = layers.Dense(spec.classes, activation=activation)(hidden)
    if mixed:
        outputs = layers.Activation("softmax", dtype="float32")(outputs)
    model = keras.Model(inputs, outputs, name=name)
    check_parameters(name, sum(math.prod(weight.shape) for weight in model.trainable_weights))
    return model


def mlp(x):
    return layers.Dense(512, activation="relu")(layers.Dense(512, activation="relu")(x))


def thin(x):
    return layers.Dense(1, activation="relu")(layers.Dense(1, activation="relu")(x))


def convnet(x):
    x = layers.MaxPooling2D()(layers.Conv2D(32, 3, activation="relu")(x))
    x = layers.MaxPooling2D()(layers.Conv2D(64, 3, activation="relu")(x))
    return layers.Dropout(0.5)(layers.Flatten()(x))


def convolution(x, filters, size, strides=1):
    """A convolution that normalisation follows, so without a bias."""
    x = layers.Conv2D(filters, size, strides, padding="same", use_bias=False)(x)
    return layers.BatchNormalization()(x)


def resnet20(x):
    x = layers.ReLU()(convolution(x, 16, 3))
    for filters in (16, 32, 64):
        for block in range(3):
            strides = 2 if block == 0 and filters > 16 else 1
            shortcut = convolution(x, filters, 1, strides) if strides == 2 else x
            x = layers.ReLU()(convolution(x, filters, 3, strides))
            x = layers.ReLU()(layers.Add()([convolution(x, filters, 3), shortcut]))
    return layers.GlobalAveragePooling2D()(x)


def mobilenet(x):
    x = layers.ReLU(max_value=6.0)(convolution(x, 32, 3, strides=2))
    for filters, strides in MOBILE_BLOCKS:
        x = layers.DepthwiseConv2D(3, strides, padding="same", use_bias=False)(x)
        x = layers.ReLU(max_value=6.0)(layers.BatchNormalization()(x))
        x = layers.ReLU(max_value=6.0)(convolution(x, filters, 1))
    return layers.GlobalAveragePooling2D()(x)


def transformer(x):
    x = layers.Embedding(1000, 128)(x)
    x = layers.EinsumDense("btc,cd->btd", output_shape=(64, 128), bias_axes="td")(x)
    for _ in range(2):
        normal = layers.LayerNormalization()(x)
        x = layers.Add()([x, layers.MultiHeadAttention(4, key_dim=32)(normal, normal)])
        normal = layers.LayerNormalization()(x)
        x = layers.Add()([x, layers.Dense(128)(layers.Dense(512, activation="gelu")(normal))])
    return layers.GlobalAveragePooling1D()(layers.LayerNormalization()(x))


def lstm(x):
    return layers.LSTM(128)(x)


def level(x, filters):
    for _ in range(2):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return x


def unet(x):
    across = []
    for filters in (16, 32):
        x = level(x, filters)
        across.append(x)
        x = layers.MaxPooling2D()(x)
    x = level(x, 64)
    for filters in (32, 16):
        x = layers.Conv2DTranspose(filters, 2, strides=2)(x)
        x = level(layers.Concatenate()([across.pop(), x]), filters)
    return x


BODIES = {
    "mlp": mlp, "convnet": convnet, "resnet20": resnet20, "mobilenet": mobilenet, "lstm": lstm,
    "transformer": transformer, "thin": thin, "unet": unet,
}
