"""Where data enters a model. They differ in what they ask for, in their defaults and in what they tell the rest."""

import ast
from collections.abc import Mapping
from typing import Any, Literal

from gnomon.graph.code_of import Code
from gnomon.graph.component import Component, Inferred, Port, Seen, Target, arguments, component, named, param
from gnomon.graph.problem import Problem, Remedy
from gnomon.graph.spec import Dim, Spec

_AXIS = 10_000_000
"""Longest axis of an input."""


class Source(Component):
    """What inputs have in common: in PyTorch they are arguments of `forward`, in Keras an `Input`."""

    inputs = ()
    outputs = (Port(name="out", doc="What enters, sample by sample."),)

    def spec(self) -> Spec:
        """Return what enters."""
        raise NotImplementedError

    def infer(self) -> Inferred:
        return Inferred(self.spec())

    def torch(self) -> Code:
        return Code("{name}")

    def keras(self) -> Code:
        spec = self.spec()
        # A text is the bytes of its letters, for no framework here has tensors of texts.
        words = {} if spec.dtype == "float32" else {"dtype": "int32" if spec.dtype == "text" else spec.dtype}
        return Code("{layer}", make=named("keras.Input", spec.shape, **words))

    @classmethod
    def read(cls, target: Target, seen: Seen) -> Mapping[str, Any] | None:
        if target == "torch" or seen.make is None or ast.unparse(seen.make.func) not in ("keras.Input", "Input"):
            return None
        given = arguments(seen.make, ("shape",))
        shape = given and given.get("shape")
        if given is None or not isinstance(shape, tuple) or not all(n is None or isinstance(n, int) for n in shape):
            return None
        return cls.of(shape, given.get("dtype", "float32"))

    @classmethod
    def of(cls, shape: tuple[Dim, ...], dtype: str) -> Mapping[str, Any] | None:
        """Return the parameters that give this shape and type; `None` when none do."""
        raise NotImplementedError


@component("core/input@1", title="Input", category="Input", words=("tensor", "array", "placeholder"))
class Input(Source):
    """Takes any array of numbers, one for each sample. The other inputs say more about what they take."""

    shape: tuple[int, ...] = param(
        (28, 28, 1), doc="Its axes without the batch, channels last; -1 for one whose length varies.", min=-1, max=_AXIS,
        role="shape",
    )  # fmt: skip
    dtype: Literal["float32", "int64", "bool"] = param("float32", doc="What its elements are.")

    def spec(self) -> Spec:
        if 0 in self.shape:
            fixed = [max(n, 1) if n >= 0 else n for n in self.shape]
            msg = "shape: expected lengths of at least 1, or -1 for one that varies, received 0."
            raise Problem(msg, param="shape", remedies=(Remedy(f"Set shape to {fixed}", {"shape": fixed}),))
        return Spec(tuple(None if n == -1 else n for n in self.shape), self.dtype)

    @classmethod
    def of(cls, shape: tuple[Dim, ...], dtype: str) -> Mapping[str, Any] | None:
        return {"shape": tuple(-1 if n is None else n for n in shape), "dtype": dtype}


@component("core/image_input@1", title="Image input", category="Input", words=("picture", "photo", "vision"))
class ImageInput(Source):
    """Takes images: height × width × channels, as numbers with a fraction."""

    height: int | None = param(28, doc="Pixels from top to bottom; nothing when it varies.", min=1, max=_AXIS)
    width: int | None = param(28, doc="Pixels from left to right; nothing when it varies.", min=1, max=_AXIS)
    channels: int = param(1, doc="Numbers for each pixel: 1 for grey, 3 for colours, 4 with transparency.", min=1,
                          max=65_536)  # fmt: skip

    def spec(self) -> Spec:
        return Spec((self.height, self.width, self.channels))

    @classmethod
    def of(cls, shape: tuple[Dim, ...], dtype: str) -> Mapping[str, Any] | None:
        if len(shape) != 3 or shape[2] is None or dtype != "float32":
            return None
        return {"height": shape[0], "width": shape[1], "channels": shape[2]}


@component(
    "core/numeric_input@1", title="Numeric input", category="Input", words=("number", "table", "column", "tabular")
)
class NumericInput(Source):
    """Takes columns of numbers of a table, side by side."""

    columns: int = param(1, doc="How many numbers there are for each sample.", min=1, max=_AXIS)

    def spec(self) -> Spec:
        return Spec((self.columns,))

    @classmethod
    def of(cls, shape: tuple[Dim, ...], dtype: str) -> Mapping[str, Any] | None:
        return {"columns": shape[0]} if len(shape) == 1 and shape[0] is not None and dtype == "float32" else None


@component(
    "core/category_input@1", title="Category input", category="Input", words=("label", "enum", "table", "column")
)
class CategoryInput(Source):
    """Takes one of several kinds, as its number from 0. Put an Embedding or a One-hot behind it."""

    categories: int = param(2, doc="How many kinds there are.", min=1, max=_AXIS, in_code=False)

    def spec(self) -> Spec:
        return Spec((), "int64", classes=self.categories)

    @classmethod
    def of(cls, shape: tuple[Dim, ...], dtype: str) -> Mapping[str, Any] | None:
        return {} if shape == () and dtype == "int64" else None


@component("core/text_input@1", title="Text input", category="Input", words=("words", "tokens", "language", "nlp"))
class TextInput(Source):
    """Takes text as the numbers that a tokeniser gave its words, for an Embedding; or raw, for a Tokenise."""

    length: int | None = param(
        128, doc="Tokens that each text is cut or filled to; raw, bytes of its UTF-8. Nothing when it varies.", min=1,
        max=_AXIS,
    )  # fmt: skip
    vocabulary: int = param(
        10_000, doc="How many different tokens there are; raw, it has no meaning.", min=1, max=_AXIS, in_code=False
    )
    raw: bool = param(False, doc="Whether the text enters as it is, for a Tokenise to make numbers of its words.")

    def spec(self) -> Spec:
        return Spec((self.length,), "text") if self.raw else Spec((self.length,), "int64", classes=self.vocabulary)

    @classmethod
    def of(cls, shape: tuple[Dim, ...], dtype: str) -> Mapping[str, Any] | None:
        return (
            {"length": shape[0], "raw": dtype == "int32"} if len(shape) == 1 and dtype in ("int64", "int32") else None
        )


@component("core/sequence_input@1", title="Sequence input", category="Input", words=("time series", "steps", "signal"))
class SequenceInput(Source):
    """Takes several numbers for each of many steps: sensors over time, a history of prices."""

    length: int | None = param(None, doc="Steps of each sample; nothing when it varies.", min=1, max=_AXIS)
    features: int = param(1, doc="Numbers at each step.", min=1, max=_AXIS)

    def spec(self) -> Spec:
        return Spec((self.length, self.features))

    @classmethod
    def of(cls, shape: tuple[Dim, ...], dtype: str) -> Mapping[str, Any] | None:
        if len(shape) != 2 or shape[1] is None or dtype != "float32":
            return None
        return {"length": shape[0], "features": shape[1]}


@component("core/audio_input@1", title="Audio input", category="Input", words=("sound", "waveform", "speech", "signal"))
class AudioInput(Source):
    """Takes sound as its waveform: samples × channels."""

    samples: int | None = param(16_000, doc="Samples of each sound; nothing when it varies.", min=1, max=_AXIS)
    channels: int = param(1, doc="1 for mono, 2 for stereo.", min=1, max=1_024)
    rate: int = param(16_000, doc="Samples in a second.", min=1, max=10_000_000, in_code=False)

    def spec(self) -> Spec:
        return Spec((self.samples, self.channels))

    @classmethod
    def of(cls, shape: tuple[Dim, ...], dtype: str) -> Mapping[str, Any] | None:
        if len(shape) != 2 or shape[1] is None or dtype != "float32":
            return None
        return {"samples": shape[0], "channels": shape[1]}
