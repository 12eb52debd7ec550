"""Keras models as Keras saves them: the configuration becomes a file of code, which is then read like any other.

Only JSON is read: no class is looked up, nothing is deserialised, no lambda is unpacked, weights are left alone. What the
code of a layer cannot say here (initializers of one's own, regularizers) is told in the notes.
"""

import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from gnomon.core.errors import CorruptError, InputError, LimitError
from gnomon.graph.build import identifier
from gnomon.graph.code.parse import Parsed, parse
from gnomon.graph.keras_layers import is_adapted, rescaled, tidied

MAX_BYTES: Final = 16 << 20
"""Of a configuration, unpacked."""

_MOST_LAYERS: Final = 5_000
_DEEPEST: Final = 20
_MEMBER: Final = "config.json"
_FEW: Final = 3
_SIGNS: Final = {"Add": "+", "Subtract": "-", "Multiply": "*", "Divide": "/", "TrueDivide": "/"}
_END_BYTES: Final = 66_000
"""The end of an archive says where its directory is, within so many bytes of the end."""
_MAX_DIRECTORY: Final = 1 << 20
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,80}\Z")
_USUAL: Final = frozenset({"GlorotUniform", "Zeros", "Ones", "RandomUniform", "Orthogonal", "OrthogonalInitializer"})


def import_keras(data: bytes | Path) -> Parsed:
    """Return the graph of a saved Keras model.

    Args:
        data: A `.keras` file, or the JSON of `model.to_json()`; or where it lies, and then only what is needed is read.

    Raises:
        CorruptError: It is neither.
        InputError: It is a model of one's own class, which has no configuration of layers.
        LimitError: It is larger than we accept.
    """
    text, notes = source_of(_configuration(data))
    found = parse(text, "keras")
    # The code is ours, and the graph says all of it.
    return Parsed(msgspec.structs.replace(found.graph, source={}), [*_together(notes), *found.notes])


def _together(notes: Sequence[str]) -> list[str]:
    """Return notes with those that say the same of many layers as one."""
    count: dict[str, list[str]] = {}
    for note in notes:
        name, _, told = note.partition(": ")
        count.setdefault(told, []).append(name)
    return [
        note
        for told, names in count.items()
        for note in (
            [f"{name}: {told}" for name in names]
            if len(names) <= _FEW
            else [f"{names[0]} and {len(names) - 1:,} more: {told}"]
        )
    ]


def source_of(config: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return a model's configuration as a file of Keras code, and what the code does not say."""
    writer = _Writer()
    inputs, outputs = writer.model(config, None, 0)
    lines = [f"    {line}" for line in writer.lines]
    ends = ", ".join((_listed(inputs), _listed(outputs)))
    head = ["import keras", "from keras import layers", "", "", "def build() -> keras.Model:"]
    return "\n".join([*head, *lines, f"    return keras.Model({ends})", ""]), writer.notes


def _configuration(data: bytes | Path) -> Mapping[str, Any]:
    try:
        with data.open("rb") if isinstance(data, Path) else BytesIO(data) as stream:
            if stream.read(4) == b"PK\x03\x04":
                text = _member(stream)
            else:
                stream.seek(0)
                text = stream.read(MAX_BYTES + 1)
        _check_size(len(text))
        config = json.loads(text)
    except LimitError:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        ValueError,
        RecursionError,
        NotImplementedError,
        EOFError,
    ) as error:
        msg = f"model: expected a .keras file or the JSON of model.to_json(), received something else: {error}."
        raise CorruptError(msg) from error
    if not isinstance(config, dict):
        msg = f"model: expected a configuration, received a JSON {type(config).__name__}."
        raise CorruptError(msg)
    return config


def _member(stream: IO[bytes]) -> bytes:
    """Return the configuration in an archive; one with a directory beyond all measure is not opened."""
    stream.seek(0, os.SEEK_END)
    end = stream.tell()
    stream.seek(max(0, end - _END_BYTES))
    tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    size = int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0
    if size > _MAX_DIRECTORY:
        msg = f"model: expected an archive of a few files, received a directory of {size >> 20} MiB."
        raise LimitError(msg)
    with zipfile.ZipFile(stream) as archive:
        member = archive.getinfo(_MEMBER)
        _check_size(member.file_size)
        with archive.open(member) as inner:
            return inner.read(MAX_BYTES + 1)


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        msg = f"model: expected a configuration of at most {MAX_BYTES >> 20} MiB, received {size >> 20} MiB."
        raise LimitError(msg)


@dataclass(slots=True)
class _Writer:
    """Statements as they come; models within models are written into the one around them."""

    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    layers: int = 0

    def model(self, saved: Any, given: list[str] | None, depth: int) -> tuple[list[str], list[str]]:
        """Write a model; return its inputs and outputs. `given` takes the place of the inputs of an inner one."""
        config = _of(saved, "config", dict) if "config" in saved else saved
        layers = config.get("layers")
        if not isinstance(layers, list) or depth > _DEEPEST:
            kind = str(saved.get("class_name", "a model"))[:60]
            msg = f"model: expected layers, received {kind} without them. Models of one's own class are code: paste their source instead."
            raise InputError(msg, field="model")
        if "input_layers" in config:
            return self._functional(config, layers, given, depth)
        return self._sequential(config, layers, given, depth)

    def _sequential(
        self, config: Mapping[str, Any], layers: list[Any], given: list[str] | None, depth: int
    ) -> tuple[list[str], list[str]]:
        inputs, last = given or [], given[0] if given else ""
        for layer in layers:
            is_input = isinstance(layer, dict) and layer.get("class_name") == "InputLayer"
            if is_input and last:
                continue
            if not last:
                shape = _shape_of(layer if is_input else {}, config, layer)
                last = self._input(layer if is_input else {"name": "input"}, shape)
                inputs = [last]
                if is_input:
                    continue
            last = self._layer(layer, [[last]], depth)[0]
        return inputs, [last]

    def _functional(
        self, config: Mapping[str, Any], layers: list[Any], given: list[str] | None, depth: int
    ) -> tuple[list[str], list[str]]:
        made: dict[tuple[str, int], list[str]] = {}
        entries = [_history(end)[0] for end in _ends(config.get("input_layers"))]
        for name, source in zip(entries, given or (), strict=False):
            made[name, 0] = [source]
        pending = [layer for layer in layers if isinstance(layer, dict)]
        for layer in pending:
            name = str(layer.get("name") or _of(layer, "config", dict).get("name"))
            if layer.get("class_name") == "InputLayer":
                if (name, 0) not in made:
                    made[name, 0] = [self._input(layer, _shape_of(layer, {}, layer))]
                continue
            calls = [_arguments(node, made) for node in _of(layer, "inbound_nodes", list)]
            for i, outs in enumerate(self._calls(layer, calls, depth)):
                made[name, i] = outs
        return [made[name, 0][0] for name in entries], [
            _tensor(end, made) for end in _ends(config.get("output_layers"))
        ]

    def _calls(self, layer: Mapping[str, Any], calls: list["_Call"], depth: int) -> Iterator[list[str]]:
        """Yield what each call of a layer gives; one that is called several times is made once."""
        if len(calls) == 1 or "layers" in _of(layer, "config", dict):
            for one in calls:
                yield self._layer(layer, one.values, depth, one.keywords)
            return
        shared = self._free(str(layer.get("name", "layer")))
        self.lines.append(f"{shared} = {self._made(layer, shared, depth)}")
        for one in calls:
            name = self._free(shared)
            self.lines.append(f"{name} = {shared}({one.text})")
            yield [name]

    def _layer(self, layer: Any, values: list[list[str]], depth: int, keywords: str = "") -> list[str]:
        """Write a layer and its call; return its outputs."""
        if not isinstance(layer, dict):
            msg = f"model: expected a layer, received {type(layer).__name__}."
            raise CorruptError(msg)
        if "layers" in _of(layer, "config", dict):
            return self.model(layer, [each for group in values for each in group], depth + 1)[1]
        name = self._free(str(layer.get("name") or _of(layer, "config", dict).get("name") or "layer"))
        call = ", ".join(filter(None, [", ".join(_listed(group) for group in values), keywords]))
        if str(layer.get("module", "")).startswith("keras.src.ops"):
            self.lines.append(f"{name} = {_operation(name, str(layer.get('class_name')), call, values)}")
            return [name]
        scaled = rescaled(layer, call) if len(values) == 1 == len(values[0]) and not keywords else None
        if scaled is not None:
            self.lines.append(f"{name} = {scaled.replace('NAME', repr(name))}")
            if is_adapted(layer):
                self.notes.append(f"{name}: its mean and variance are among the weights, which are not read. Set them.")
            return [name]
        self.lines.append(f"{name} = {self._made(layer, name, depth)}({call})")
        return [name]

    def _made(self, layer: Mapping[str, Any], name: str, depth: int, *, named: bool = True) -> str:
        """Return the call of a layer's constructor."""
        self.layers += 1
        kind = layer.get("class_name")
        if not isinstance(kind, str) or not _NAME.match(kind) or self.layers > _MOST_LAYERS or depth > _DEEPEST:
            msg = f"model: expected at most {_MOST_LAYERS:,} layers with names of classes, received {str(kind)[:60]!r}."
            raise CorruptError(msg)
        kind, first, keywords = tidied(layer)
        words = [self._argument(name, "layer", value, depth) for value in first]
        for key, value in keywords.items():
            text = self._argument(name, key, value, depth) if _NAME.match(key) else None
            words.append(None if text is None else f"{key}={text}")
        words.append(f"name={name!r}" if named else None)
        module = str(layer.get("module") or "keras.layers")
        head = f"layers.{kind}" if module.startswith("keras") else kind
        return f"{head}({', '.join(word for word in words if word is not None)})"

    def _argument(self, name: str, key: str, value: Any, depth: int) -> str | None:
        """Return an argument as source; `None` when it cannot be said."""
        if isinstance(value, dict):
            kind, inner = str(value.get("class_name", ""))[:60], value.get("config")
            if key in ("layer", "forward_layer") and isinstance(inner, dict):
                return self._made(value, name, depth + 1, named=False)
            if kind not in _USUAL and key != "backward_layer":
                self.notes.append(f"{name}: its {key} ({kind or 'of its own'}) is not kept. Write it into the code.")
            return None
        return _literal(value)

    def _input(self, layer: Mapping[str, Any], shape: Sequence[Any]) -> str:
        config = layer.get("config") if isinstance(layer.get("config"), dict) else {}
        assert isinstance(config, dict)
        name = self._free(str(layer.get("name") or config.get("name") or "input"))
        axes = [axis if isinstance(axis, int) and not isinstance(axis, bool) else None for axis in shape]
        text = f"({', '.join(map(str, axes))}{',' if len(axes) == 1 else ''})"
        dtype = config.get("dtype")
        kind = f", dtype={dtype!r}" if isinstance(dtype, str) and dtype != "float32" else ""
        self.lines.append(f"{name} = keras.Input({text}{kind}, name={name!r})")
        return name

    def _free(self, wish: str) -> str:
        base, number = identifier(wish), 1
        name = base
        while name in self.taken:
            number += 1
            name = f"{base[:56]}_{number}"
        self.taken.add(name)
        return name


@dataclass(frozen=True, slots=True)
class _Call:
    values: list[list[str]]
    keywords: str

    @property
    def text(self) -> str:
        return ", ".join(filter(None, [*map(_listed, self.values), self.keywords]))


def _arguments(node: Any, made: Mapping[tuple[str, int], list[str]]) -> _Call:
    """Return what a layer is called with: tensors by the names they got here."""
    if isinstance(node, dict):  # Keras 3
        args = _of(node, "args", list)
        kwargs = _of(node, "kwargs", dict)
        values = [_tensors(each, made) for each in args]
        said = {key: value for key, value in kwargs.items() if value not in (None, False) and _NAME.match(key)}
        words = [f"{key}={_keyword(value, made)}" for key, value in said.items()]
        return _Call(values, ", ".join(words))
    ends = node if isinstance(node, list) else []  # Keras 2: [[name, node, tensor, {}], …]
    return _Call([[_tensor(end, made) for end in ends]], "")


def _tensors(value: Any, made: Mapping[tuple[str, int], list[str]]) -> list[str]:
    if isinstance(value, list):
        return [_keyword(each, made) for each in value]
    return [_keyword(value, made)]


def _keyword(value: Any, made: Mapping[tuple[str, int], list[str]]) -> str:
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return _tensor(_of(_of(value, "config", dict), "keras_history", list), made)
    return _literal(value)


def _tensor(end: Any, made: Mapping[tuple[str, int], list[str]]) -> str:
    name, node, tensor = _history(end)
    outs = made.get((name, node))
    if outs is None:
        msg = f"model: {name[:60]!r} is used before it is made."
        raise CorruptError(msg)
    return outs[tensor] if tensor < len(outs) else f"{outs[0]}[{tensor}]"


def _history(end: Any) -> tuple[str, int, int]:
    if not isinstance(end, list) or len(end) < 3 or not all(isinstance(each, int) for each in end[1:3]):
        msg = f"model: expected a tensor as layer, node and number, received {str(end)[:60]}."
        raise CorruptError(msg)
    return str(end[0]), max(end[1], 0), max(end[2], 0)


def _ends(value: Any) -> list[Any]:
    """Return the tensors of a model's inputs or outputs, which Keras saves as one, a list, or a map of them."""
    if isinstance(value, dict):
        return [end for each in value.values() for end in _ends(each)]
    if isinstance(value, list) and value and isinstance(value[0], str):
        return [value]
    return [end for each in value for end in _ends(each)] if isinstance(value, list) else []


def _shape_of(layer: Mapping[str, Any], model: Mapping[str, Any], first: Any) -> Sequence[Any]:
    own = layer.get("config")
    places = [own if isinstance(own, dict) else {}, model, first.get("config", {}) if isinstance(first, dict) else {}]
    for config in places:
        for key in ("batch_shape", "batch_input_shape", "build_input_shape"):
            shape = config.get(key) if isinstance(config, dict) else None
            if isinstance(shape, list) and shape and not isinstance(shape[0], list):
                return shape[1:]
    msg = "model: it was saved before it knew the shape of its input. Build it, or call it once, and save it again."
    raise InputError(msg, field="model")


def _literal(value: Any) -> str:
    """Return plain values as source, lists as tuples: nothing but literals ever comes out."""
    if isinstance(value, (list, tuple)):
        return f"({', '.join(map(_literal, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, (str, int, float, bool)) or value is None:
        return repr(value)
    return "None"


def _operation(name: str, kind: str, call: str, values: Sequence[Sequence[str]]) -> str:
    """Return what was written with operators, or with functions of `keras.ops`, between layers."""
    if kind in _SIGNS and len(values) == 2 and not all(each[0].isidentifier() for each in values):
        return f"{_listed(values[0])} {_SIGNS[kind]} {_listed(values[1])}"  # with a number
    if kind in ("Add", "Multiply") and len(values) == 2:
        return f"layers.{kind}(name={name!r})([{_listed(values[0])}, {_listed(values[1])}])"
    function = re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower()
    if not _NAME.match(function):
        msg = f"model: expected the name of an operation, received {kind[:60]!r}."
        raise CorruptError(msg)
    return f"keras.ops.{function}({call})"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"


def _of(config: Any, key: str, kind: type) -> Any:
    value = config.get(key, kind()) if isinstance(config, dict) else kind()
    if not isinstance(value, kind):
        msg = f"model: expected {key} to be a {kind.__name__}, received {type(value).__name__}."
        raise CorruptError(msg)
    return value
