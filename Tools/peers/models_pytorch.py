"""The benchmark's models in PyTorch, channels first, without the softmax. What they are: bench_models.py."""

import torch
from torch import nn

from bench_models import MOBILE_BLOCKS, MODELS, check_parameters

# Keras's constants of normalisation.
EPSILON, MOMENTUM = 1e-3, 0.01


def make(name):
    model = BUILDERS[name]()
    check_parameters(name, sum(weight.numel() for weight in model.parameters() if weight.requires_grad))
    return model


def mlp():
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


def thin():
    return nn.Sequential(nn.Linear(64, 1), nn.ReLU(), nn.Linear(1, 1), nn.ReLU(), nn.Linear(1, 10))


def convnet():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.5), nn.Linear(64 * 5 * 5, 10),
    )


def normalisation(filters):
    return nn.BatchNorm2d(filters, eps=EPSILON, momentum=MOMENTUM)


def convolution(inputs, filters, size, stride=1, groups=1):
    """A convolution that normalisation follows, so without a bias."""
    layer = nn.Conv2d(inputs, filters, size, stride, padding=size // 2, groups=groups, bias=False)
    return nn.Sequential(layer, normalisation(filters))


class BasicBlock(nn.Module):
    def __init__(self, inputs, filters):
        super().__init__()
        stride = 1 if inputs == filters else 2
        self.first, self.second = convolution(inputs, filters, 3, stride), convolution(filters, filters, 3)
        self.shortcut = convolution(inputs, filters, 1, 2) if stride == 2 else nn.Identity()
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.second(self.relu(self.first(x))) + self.shortcut(x))


def resnet20():
    widths = [16, 16, 16, 16, 32, 32, 32, 64, 64, 64]
    return nn.Sequential(
        convolution(3, 16, 3), nn.ReLU(inplace=True),
        *[BasicBlock(inputs, filters) for inputs, filters in zip(widths, widths[1:])],
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
    )


def mobilenet():
    parts, inputs = [convolution(3, 32, 3, 2), nn.ReLU6(inplace=True)], 32
    for filters, stride in MOBILE_BLOCKS:
        parts += [convolution(inputs, inputs, 3, stride, groups=inputs), nn.ReLU6(inplace=True)]
        parts += [convolution(inputs, filters, 1), nn.ReLU6(inplace=True)]
        inputs = filters
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, 10))


class LSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(32, 128, batch_first=True), nn.Linear(128, 10)
        # Two biases are added to the same sums; Keras has one.
        nn.init.zeros_(self.lstm.bias_hh_l0).requires_grad_(False)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = (nn.LayerNorm(128, eps=EPSILON) for _ in range(2))
        self.attention = nn.MultiheadAttention(128, 4, batch_first=True)
        self.dense = nn.Sequential(nn.Linear(128, 512), nn.GELU(), nn.Linear(512, 128))

    def forward(self, x):
        normal = self.first(x)
        x = x + self.attention(normal, normal, normal, need_weights=False)[0]
        return x + self.dense(self.second(x))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.project = nn.Embedding(1000, 128), nn.Linear(128, 128, bias=False)
        self.positions = nn.Parameter(torch.zeros(64, 128))
        self.blocks = nn.Sequential(Encoder(), Encoder())
        self.norm, self.head = nn.LayerNorm(128, eps=EPSILON), nn.Linear(128, 10)

    def forward(self, x):
        x = self.blocks(self.project(self.embedding(x)) + self.positions)
        return self.head(self.norm(x).mean(1))


def level(inputs, filters):
    return nn.Sequential(
        nn.Conv2d(inputs, filters, 3, padding=1), nn.ReLU(inplace=True),
        nn.Conv2d(filters, filters, 3, padding=1), nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.bottom = nn.ModuleList([level(1, 16), level(16, 32)]), level(32, 64)
        self.up = nn.ModuleList([nn.ConvTranspose2d(64, 32, 2, 2), nn.ConvTranspose2d(32, 16, 2, 2)])
        self.merge = nn.ModuleList([level(64, 32), level(32, 16)])
        self.pool, self.head = nn.MaxPool2d(2), nn.Conv2d(16, MODELS["unet"].classes, 1)

    def forward(self, x):
        across = []
        for down in self.down:
            across.append(down(x))
            x = self.pool(across[-1])
        x = self.bottom(x)
        for up, merge in zip(self.up, self.merge):
            x = merge(torch.cat([across.pop(), up(x)], 1))
        return self.head(x)


BUILDERS = {
    "mlp": mlp, "convnet": convnet, "resnet20": resnet20, "mobilenet": mobilenet, "lstm": LSTM,
    "transformer": Transformer, "thin": thin, "unet": UNet,
}
