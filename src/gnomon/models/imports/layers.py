"""Layers of `torch.nn` as the calls that make them."""

from typing import Any, Final

from gnomon.core.records.layer_code import made

_STAY: Final = frozenset(
    "Linear Bilinear Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d MaxPool1d MaxPool2d MaxPool3d"
    " AvgPool1d AvgPool2d AvgPool3d AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d"
    " AdaptiveMaxPool2d AdaptiveMaxPool3d LPPool2d ReLU ReLU6 LeakyReLU ELU SELU CELU GELU SiLU Mish Sigmoid Tanh"
    " Softmax LogSoftmax Softplus Softsign Hardtanh Hardswish Hardsigmoid PReLU BatchNorm1d BatchNorm2d BatchNorm3d"
    " LayerNorm RMSNorm GroupNorm InstanceNorm1d InstanceNorm2d InstanceNorm3d LocalResponseNorm Dropout Dropout1d"
    " Dropout2d Dropout3d AlphaDropout Embedding EmbeddingBag LSTM GRU RNN LSTMCell GRUCell RNNCell MultiheadAttention"
    " Upsample UpsamplingNearest2d UpsamplingBilinear2d PixelShuffle PixelUnshuffle ZeroPad2d ReflectionPad2d"
    " ReplicationPad2d ConstantPad2d ChannelShuffle Unfold Fold CosineSimilarity".split()
)
"""Those that are told apart; all others are looked into."""

FIRST_1D: Final = frozenset(
    "Conv1d ConvTranspose1d MaxPool1d AvgPool1d AdaptiveAvgPool1d AdaptiveMaxPool1d BatchNorm1d InstanceNorm1d"
    " GroupNorm Dropout1d".split()
)
"""Layers whose sequences have their channels in front."""

EACH: Final = frozenset(
    "ReLU ReLU6 LeakyReLU ELU SELU CELU GELU SiLU Mish Sigmoid Tanh Softplus Softsign Hardtanh Hardswish Hardsigmoid"
    " Dropout AlphaDropout".split()
)
"""Layers that do the same to each number, whatever the order of the axes."""


def is_layer(module: Any) -> bool:
    """Return whether a module is a layer of PyTorch itself, which stays whole: one that its constructor can make again."""
    kind = type(module)
    ours = kind.__module__.startswith("torch.nn.modules.") and kind.__name__ in _STAY
    return bool(ours and not hasattr(module, "parametrizations") and made(module) is not None)
