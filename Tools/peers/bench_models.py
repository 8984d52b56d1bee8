"""The models of the benchmark, as both frameworks build them: models_keras.py and models_pytorch.py.

    mlp          784 - Dense(512, relu) - Dense(512, relu) - Dense(10)
    convnet      28x28x1 - Conv2D(32, 3, relu) - MaxPool - Conv2D(64, 3, relu) - MaxPool - Flatten - Dropout(0.5) -
                 Dense(10)
    resnet20     32x32x3, 3 stages of 3 basic blocks with 16, 32 and 64 filters, BatchNormalization, 1x1 convolutions
                 on the shortcuts that change shape, global average pooling, Dense(10)
    mobilenet    64x64x3, a 3x3 convolution of stride 2, then 6 blocks of a depthwise 3x3 and a 1x1 convolution, each
                 with BatchNormalization and ReLU6, 32 to 256 filters, global average pooling, Dense(10)
    lstm         64 steps of 32 features - LSTM(128) - Dense(10)
    transformer  64 tokens of 1000 - Embedding(128) - a projection whose bias is an embedding of the position -
                 2 encoder blocks (4 heads, feed-forward 512 with gelu, layer normalisation before each half) -
                 layer normalisation, global average pooling, Dense(10)
    thin         64 - Dense(1, relu) - Dense(1, relu) - Dense(10): kernels take next to nothing, and a step what is
                 around them
    unet         64x64x1, levels of two 3x3 convolutions with 16, 32 and 64 filters, MaxPool down, Conv2DTranspose of
                 stride 2 up, Concatenate across, 2 classes for each pixel

All end in softmax and are trained with sparse cross-entropy and Adam. Numbers of trainable parameters agree exactly:
PyTorch's second bias of the LSTM is held at zero, and normalisation has Keras's constants. Keras pads convolutions of
stride 2 behind only, PyTorch on both sides: shapes and work are the same.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class BenchModel:
    shape: tuple  # of a sample, channels last
    classes: int
    parameters: int  # that are trained
    batch_size: int
    steps: int  # of a timed block: a second or two
    images: bool = False  # whether layouts of channels are worth a try
    tokens: int = 0  # how many there are, when samples are integers
    label_shape: tuple = ()


MODELS = {
    "mlp": BenchModel((784,), 10, 669_706, 128, 400),
    "convnet": BenchModel((28, 28, 1), 10, 34_826, 128, 100, images=True),
    "resnet20": BenchModel((32, 32, 3), 10, 272_474, 128, 10, images=True),
    "mobilenet": BenchModel((64, 64, 3), 10, 205_642, 32, 30, images=True),
    "lstm": BenchModel((64, 32), 10, 83_722, 128, 40),
    "transformer": BenchModel((64,), 10, 550_666, 32, 40, tokens=1000),
    "thin": BenchModel((64,), 10, 87, 32, 2000),
    "unet": BenchModel((64, 64, 1), 2, 116_770, 16, 20, images=True, label_shape=(64, 64)),
}

# Filters and stride of each.
MOBILE_BLOCKS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (256, 1)]


def check_parameters(name, found):
    """Both frameworks have built the same model."""
    expected = MODELS[name].parameters
    if found != expected:
        raise SystemExit(f"{name}: expected {expected} trainable parameters, found {found}: the models differ")
