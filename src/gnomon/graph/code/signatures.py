"""How the frameworks' constructors and functions are called: names of positional arguments, and defaults.

Two calls that differ only in what is written out are the same call. Facts are those of PyTorch 2 and Keras 3.
"""

import ast
from functools import cache
from typing import Any, Final

_CONV: Final = (
    "in_channels out_channels kernel_size stride=1 padding=0 dilation=1 groups=1 bias=True padding_mode='zeros'"
)
_TRANSPOSED: Final = "in_channels out_channels kernel_size stride=1 padding=0 output_padding=0 groups=1 bias=True dilation=1 padding_mode='zeros'"
_NORM: Final = "num_features eps=1e-05 momentum=0.1 affine=True track_running_stats=True"
_POOL: Final = "kernel_size stride=None padding=0 dilation=1 return_indices=False ceil_mode=False"
_MEAN: Final = "kernel_size stride=None padding=0 ceil_mode=False count_include_pad=True divisor_override=None"
_RECURRENT: Final = "input_size hidden_size num_layers=1 bias=True batch_first=False dropout=0.0 bidirectional=False"
_KERAS_CONV: Final = "filters kernel_size strides=1 padding='valid' data_format=None dilation_rate=1 groups=1 activation=None use_bias=True"
_KERAS_POOL: Final = "pool_size=2 strides=None padding='valid' data_format=None"

SIGNATURES: Final[dict[str, str]] = {
    "nn.Linear": "in_features out_features bias=True",
    "nn.Conv1d": _CONV,
    "nn.Conv2d": _CONV,
    "nn.Conv3d": _CONV,
    "nn.ConvTranspose1d": _TRANSPOSED,
    "nn.ConvTranspose2d": _TRANSPOSED,
    "nn.ConvTranspose3d": _TRANSPOSED,
    "nn.BatchNorm1d": _NORM,
    "nn.BatchNorm2d": _NORM,
    "nn.BatchNorm3d": _NORM,
    "nn.LayerNorm": "normalized_shape eps=1e-05 elementwise_affine=True bias=True",
    "nn.GroupNorm": "num_groups num_channels eps=1e-05 affine=True",
    "nn.Dropout": "p=0.5 inplace=False",
    "nn.MaxPool1d": _POOL,
    "nn.MaxPool2d": _POOL,
    "nn.MaxPool3d": _POOL,
    "nn.AvgPool1d": _MEAN,
    "nn.AvgPool2d": _MEAN,
    "nn.AvgPool3d": _MEAN,
    "nn.AdaptiveAvgPool2d": "output_size",
    "nn.ReLU": "inplace=False",
    "nn.ReLU6": "inplace=False",
    "nn.SELU": "inplace=False",
    "nn.SiLU": "inplace=False",
    "nn.Mish": "inplace=False",
    "nn.Hardswish": "inplace=False",
    "nn.Hardsigmoid": "inplace=False",
    "nn.ELU": "alpha=1.0 inplace=False",
    "nn.LeakyReLU": "negative_slope=0.01 inplace=False",
    "nn.GELU": "approximate='none'",
    "nn.Softmax": "dim=None",
    "nn.LogSoftmax": "dim=None",
    "nn.Softplus": "beta=1.0 threshold=20.0",
    "nn.Embedding": "num_embeddings embedding_dim padding_idx=None",
    "nn.LSTM": _RECURRENT,
    "nn.GRU": _RECURRENT,
    "nn.MultiheadAttention": "embed_dim num_heads dropout=0.0 bias=True add_bias_kv=False add_zero_attn=False kdim=None vdim=None batch_first=False",
    "nn.Upsample": "size=None scale_factor=None mode='nearest' align_corners=None",
    "nn.ZeroPad2d": "padding",
    "F.relu": "input inplace=False",
    "F.gelu": "input approximate='none'",
    "F.silu": "input inplace=False",
    "F.elu": "input alpha=1.0 inplace=False",
    "F.leaky_relu": "input negative_slope=0.01 inplace=False",
    "F.softmax": "input dim=None",
    "F.log_softmax": "input dim=None",
    "F.pad": "input pad mode='constant' value=None",
    "torch.softmax": "input dim",
    "torch.cat": "tensors dim=0",
    "layers.Dense": "units activation=None use_bias=True",
    "layers.Conv1D": _KERAS_CONV,
    "layers.Conv2D": _KERAS_CONV,
    "layers.Conv3D": _KERAS_CONV,
    "layers.SeparableConv2D": "filters kernel_size strides=1 padding='valid' data_format=None dilation_rate=1 depth_multiplier=1 activation=None use_bias=True",
    "layers.DepthwiseConv2D": "kernel_size strides=1 padding='valid' depth_multiplier=1 data_format=None dilation_rate=1 activation=None use_bias=True",
    "layers.Conv2DTranspose": "filters kernel_size strides=1 padding='valid' output_padding=None data_format=None dilation_rate=1 activation=None use_bias=True",
    "layers.MaxPooling1D": _KERAS_POOL,
    "layers.MaxPooling2D": _KERAS_POOL,
    "layers.AveragePooling2D": _KERAS_POOL,
    "layers.BatchNormalization": "axis=-1 momentum=0.99 epsilon=0.001 center=True scale=True",
    "layers.Dropout": "rate noise_shape=None seed=None",
    "layers.Activation": "activation",
    "layers.Flatten": "data_format=None",
    "layers.Embedding": "input_dim output_dim",
    "layers.UpSampling2D": "size=2 data_format=None interpolation='nearest'",
    "layers.ZeroPadding2D": "padding=1 data_format=None",
    "layers.Concatenate": "axis=-1",
    "layers.Reshape": "target_shape",
    "keras.Input": "shape=None batch_size=None dtype=None",
}

SIZES: Final = frozenset({"kernel_size", "stride", "dilation", "strides", "pool_size", "dilation_rate", "size"})
"""Arguments where one number stands for as many equal ones."""

ALIASES: Final[dict[str, str]] = {
    "layers.MaxPool1D": "layers.MaxPooling1D",
    "layers.MaxPool2D": "layers.MaxPooling2D",
    "layers.AvgPool2D": "layers.AveragePooling2D",
    "layers.GlobalAvgPool2D": "layers.GlobalAveragePooling2D",
    "layers.GlobalMaxPool2D": "layers.GlobalMaxPooling2D",
    "layers.Input": "keras.Input",
    "torch.concat": "torch.cat",
    "torch.concatenate": "torch.cat",
    "torch.relu": "F.relu",
    "torch.softmax": "F.softmax",
    "torch.log_softmax": "F.log_softmax",
    "torch.add": "operator.add",
    "F.sigmoid": "torch.sigmoid",
    "F.tanh": "torch.tanh",
    "layers.add": "layers.Add",
}
"""Other names of the same thing."""

MODULES: Final[dict[str, str]] = {
    "F.relu": "nn.ReLU",
    "F.relu6": "nn.ReLU6",
    "F.gelu": "nn.GELU",
    "F.silu": "nn.SiLU",
    "F.elu": "nn.ELU",
    "F.selu": "nn.SELU",
    "F.mish": "nn.Mish",
    "F.softplus": "nn.Softplus",
    "F.leaky_relu": "nn.LeakyReLU",
    "F.hardswish": "nn.Hardswish",
    "F.hardsigmoid": "nn.Hardsigmoid",
    "F.softmax": "nn.Softmax",
    "F.log_softmax": "nn.LogSoftmax",
    "torch.sigmoid": "nn.Sigmoid",
    "torch.tanh": "nn.Tanh",
    "F.max_pool1d": "nn.MaxPool1d",
    "F.max_pool2d": "nn.MaxPool2d",
    "F.avg_pool2d": "nn.AvgPool2d",
    "F.dropout": "nn.Dropout",
    "F.adaptive_avg_pool2d": "nn.AdaptiveAvgPool2d",
}
"""Modules that do what a function does; they have no weights."""


@cache
def signature(name: str) -> tuple[tuple[str, ...], dict[str, Any]] | None:
    """Return the names of a callable's arguments in order, and its defaults; `None` when it is not listed.

    Example:
        >>> signature("nn.Linear")
        (('in_features', 'out_features', 'bias'), {'bias': True})
    """
    text = SIGNATURES.get(name)
    if text is None:
        return None
    parts = [part.partition("=") for part in text.split()]
    return tuple(part[0] for part in parts), {part[0]: ast.literal_eval(part[2]) for part in parts if part[1]}
