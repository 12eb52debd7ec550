"""What somebody sends to be predicted, in any of the ways people send it, as bytes of a picture or an array."""

import io
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError, LimitError
from gnomon.server.rules import FORM, NPY, OCTETS
from gnomon.server.serving.http import read_json
from gnomon.server.serving.picture import from_base64

MAX_VALUES: Final = 1 << 24
_SHOWN: Final = "JSON with `image` or `inputs`, a picture, multipart/form-data with a file, or a .npy file"


class Asked(msgspec.Struct, frozen=True):
    """Hold what a JSON body asks for.

    Args:
        image: A data URI or base64 of one picture.
        inputs: Numbers instead: one row or several.
        pretrained: Version of a network that was trained before, rather than the one that is being trained.
        invert: The picture is dark on light.
    """

    image: str | None = None
    inputs: list[Any] | None = None
    pretrained: int | None = None
    invert: bool = False


class Input(msgspec.Struct, frozen=True):
    """Hold what is to be predicted: `picture` or `values`, and how."""

    picture: bytes | None = None
    values: npt.NDArray[Any] | None = None
    pretrained: int | None = None
    invert: bool = False


def read_input(content_type: str, body: bytes) -> Input:
    """Return what a request brings.

    Args:
        content_type: Of its body; none is taken for JSON, as the seed's clients send none.
        body: The body.

    Raises:
        InputError: It is none of what we take.
        LimitError: It is more than we take.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind in {"application/json", "", "text/plain", FORM}:  # curl labels any data as a form
        return _of_json(read_json(body, Asked))
    if kind.startswith("image/"):
        return Input(picture=body)
    if kind == "multipart/form-data":
        return _of_form(content_type, body)
    if kind in {NPY, OCTETS} and body.startswith(b"\x93NUMPY"):
        return Input(values=read_npy(body))
    msg = f"Content-Type: expected {_SHOWN}, received {content_type or 'none'!r:.60}."
    raise InputError(msg, field="Content-Type")


def _of_json(asked: Asked) -> Input:
    if (asked.image is None) == (asked.inputs is None):
        msg = "image: expected either `image`, a data URI or base64 of a picture, or `inputs`, a list of numbers."
        raise InputError(msg, field="image")
    if asked.image is not None:
        return Input(from_base64(asked.image), None, asked.pretrained, asked.invert)
    return Input(None, _array(asked.inputs), asked.pretrained, asked.invert)


def _array(values: Any) -> npt.NDArray[Any]:
    try:
        found = np.asarray(values, np.float32)
    except (TypeError, ValueError):
        msg = "inputs: expected numbers, in rows of one length."
        raise InputError(msg, field="inputs") from None
    return found


def _of_form(content_type: str, body: bytes) -> Input:
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n" + body
    )
    fields: dict[str, str] = {}
    picture: bytes | None = None
    for part in message.iter_parts() if message.is_multipart() else ():
        name = str(part.get_param("name", "", header="content-disposition"))
        data = part.get_payload(decode=True)
        if not isinstance(data, bytes):
            continue
        if part.get_filename() is not None or part.get_content_maintype() == "image":
            picture = picture or data
        elif len(data) <= 64:
            fields[name] = data.decode("utf-8", "replace")
    if picture is None:
        msg = "body: expected a form with one file, a picture or a .npy."
        raise InputError(msg, field="body")
    asked = read_json(msgspec.json.encode({k: v for k, v in fields.items() if k in {"pretrained", "invert"}}), _Form)
    if picture.startswith(b"\x93NUMPY"):
        return Input(values=read_npy(picture), pretrained=asked.pretrained)
    return Input(picture, None, asked.pretrained, asked.invert == "true")


class _Form(msgspec.Struct):
    pretrained: int | None = None
    invert: str = "false"

    def __post_init__(self) -> None:
        if self.invert not in {"true", "false"}:
            msg = "expected true or false"
            raise ValueError(msg)


def read_npy(body: bytes) -> npt.NDArray[Any]:
    """Return the array of a `.npy` file, whose header may promise more than there is."""
    file = io.BytesIO(body)
    try:
        version = np.lib.format.read_magic(file)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
        shape, _, dtype = read(file)
        count = int(np.prod(shape, dtype=object))
        is_whole = dtype.kind in "biuf" and count * dtype.itemsize == len(body) - file.tell()
    except (ValueError, KeyError, TypeError):
        is_whole = False
    if not is_whole:
        msg = "body: expected a whole .npy file of numbers."
        raise InputError(msg, field="body")
    if count > MAX_VALUES:
        msg = f"body: expected at most {MAX_VALUES:,} numbers, received {count:,}."
        raise LimitError(msg, field="body")
    file.seek(0)
    found: npt.NDArray[Any] = np.load(file, allow_pickle=False)
    return found
