"""Modules as people write them, for what reads PyTorch."""

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import torch.nn.functional as F  # noqa: E402, N812 - as everybody calls it
from torch import Tensor, nn  # noqa: E402


class Block(nn.Module):
    def __init__(self, inner: int, outer: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outer)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outer)
        self.shortcut = nn.Sequential()
        if stride != 1 or inner != outer:
            self.shortcut = nn.Sequential(nn.Conv2d(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer))

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        out += self.shortcut(x)
        return self.relu(out)


class ResNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = nn.Sequential(Block(8, 8), Block(8, 8))
        self.layer2 = nn.Sequential(Block(8, 16, 2), Block(16, 16))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer2(self.layer1(self.pool(self.stem(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class Twice(nn.Sequential):
    def __init__(self, inner: int, outer: int) -> None:
        super().__init__(
            nn.Conv2d(inner, outer, 3, padding=1), nn.ReLU(), nn.Conv2d(outer, outer, 3, padding=1), nn.ReLU()
        )


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down1, self.down2, self.bottom = Twice(1, 8), Twice(8, 16), Twice(16, 32)
        self.up2, self.merge2 = nn.ConvTranspose2d(32, 16, 2, 2), Twice(32, 16)
        self.up1, self.merge1 = nn.Upsample(scale_factor=2, mode="nearest"), Twice(24, 8)
        self.head = nn.Conv2d(8, 2, 1)

    def forward(self, image: Tensor) -> Tensor:
        a = self.down1(image)
        b = self.down2(F.max_pool2d(a, 2))
        c = self.bottom(F.max_pool2d(b, 2))
        b = self.merge2(torch.cat([self.up2(c), b], dim=1))
        return self.head(self.merge1(torch.cat([self.up1(b), a], dim=1)))


class Inverted(nn.Module):
    def __init__(self, inner: int, outer: int, stride: int, wider: int) -> None:
        super().__init__()
        hidden = inner * wider
        self.same = stride == 1 and inner == outer
        self.conv = nn.Sequential(
            nn.Conv2d(inner, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6(inplace=True),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False), nn.BatchNorm2d(hidden),
            nn.ReLU6(inplace=True), nn.Conv2d(hidden, outer, 1, bias=False), nn.BatchNorm2d(outer),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self.same else self.conv(x)


class MobileNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6(inplace=True),
            Inverted(8, 8, 1, 2), Inverted(8, 16, 2, 3), nn.Hardswish(inplace=True),
        )  # fmt: skip
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(16, 7))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x).mean([2, 3]))


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(50, 16)
        self.place = nn.Parameter(torch.randn(1, 12, 16))
        layer = nn.TransformerEncoderLayer(16, 4, 32, dropout=0.1, batch_first=True, activation="gelu", norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(16)
        self.head = nn.Linear(16, 3)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.encoder(self.embed(tokens) + self.place)
        return self.head(self.norm(x).mean(dim=1))


class Reader(nn.Module):
    def __init__(self, way: str = "last") -> None:
        super().__init__()
        self.embed = nn.Embedding(40, 12)
        self.lstm = nn.LSTM(12, 16, batch_first=True)
        self.gru = nn.GRU(16, 8, batch_first=True)
        self.drop = nn.Dropout(0.3)
        self.head = nn.Linear(8, 2)

    def forward(self, words: Tensor) -> Tensor:
        steps, _ = self.lstm(self.embed(words))
        _, memory = self.gru(steps)
        return self.head(self.drop(memory[-1]))


class Functional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.conv2_drop = nn.Dropout2d()
        self.fc1 = nn.Linear(320, 50)
        self.fc2 = nn.Linear(50, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2_drop(self.conv2(x)), 2))
        x = x.view(-1, 320)
        x = F.dropout(F.relu(self.fc1(x)), training=self.training)
        return F.log_softmax(self.fc2(x), dim=1)


class Waves(nn.Module):
    """Sequences with their channels in front."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(2, 8, 5, padding=2), nn.BatchNorm1d(8), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(8, 16, 3)
        )
        self.side = nn.Conv1d(2, 16, 1, stride=2)
        self.head = nn.Linear(16, 4)

    def forward(self, x: Tensor) -> Tensor:
        found = self.body(x)
        found = found + self.side(x)[:, :, 1:-1]
        return self.head(F.gelu(found).mean(-1))


class Squeeze(nn.Module):
    """Weights of its own, gates, and operations that no component knows."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding="same")
        self.scale = nn.Parameter(torch.full((8, 1, 1), 0.5))
        self.register_buffer("centre", torch.arange(8.0).view(1, 8, 1, 1))
        self.squeeze, self.excite = nn.Linear(8, 2), nn.Linear(2, 8)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x) * self.scale + self.centre
        gate = torch.sigmoid(self.excite(F.silu(self.squeeze(x.mean((2, 3))))))
        x = x * gate[:, :, None, None]
        first, second = x.chunk(2, dim=1)
        return torch.logsumexp(first * second.roll(1, dims=2), dim=(2, 3)).cumsum(1)


class Attending(nn.Module):
    """Attention written by hand, as in many repositories."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 24, 4, 4)
        self.token = nn.Parameter(torch.zeros(1, 1, 24))
        self.qkv, self.out = nn.Linear(24, 72), nn.Linear(24, 24)
        self.norm, self.head = nn.LayerNorm(24), nn.Linear(24, 5)

    def forward(self, image: Tensor) -> Tensor:
        x = self.patches(image).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1)
        b, n, c = x.shape
        q, k, v = self.qkv(self.norm(x)).reshape(b, n, 3, 4, c // 4).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) / (c // 4) ** 0.5).softmax(dim=-1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(b, n, c))
        return self.head(x[:, 0])


class Shared(nn.Module):
    """One layer called twice, and two inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.twin = nn.Linear(6, 4)
        self.act = nn.Tanh()
        self.head = nn.Linear(8, 1)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return self.head(torch.cat([self.act(self.twin(left)), self.act(self.twin(right))], dim=1))


class Undecided(nn.Module):
    """Which way it goes depends on the numbers that come in: nothing can trace that."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(8, 16)
        self.fc2 = nn.Linear(16, 16)
        self.head = nn.Linear(16, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.fc1(x))
        for _ in range(3):
            if x.sum() > 0:
                x = torch.relu(self.fc2(x))
        return self.head(x)


NETWORKS: dict[str, tuple[Callable[[], nn.Module], Callable[[], tuple[Any, ...]]]] = {
    "resnet": (ResNet, lambda: (torch.randn(2, 3, 32, 32),)),
    "unet": (UNet, lambda: (torch.randn(2, 1, 16, 16),)),
    "mobilenet": (MobileNet, lambda: (torch.randn(2, 3, 16, 16),)),
    "encoder": (Encoder, lambda: (torch.randint(0, 50, (2, 12)),)),
    "reader": (Reader, lambda: (torch.randint(0, 40, (2, 9)),)),
    "functional": (Functional, lambda: (torch.randn(2, 1, 28, 28),)),
    "waves": (Waves, lambda: (torch.randn(2, 2, 32),)),
    "squeeze": (Squeeze, lambda: (torch.randn(2, 3, 8, 8),)),
    "attending": (Attending, lambda: (torch.randn(2, 3, 16, 16),)),
    "shared": (Shared, lambda: (torch.randn(2, 6), torch.randn(2, 6))),
    "undecided": (Undecided, lambda: (torch.randn(2, 8),)),
}
