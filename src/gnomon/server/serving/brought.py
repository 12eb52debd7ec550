"""What a request to a model brings, in any of the ways people send it: pictures, arrays, or values by name."""

from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from gnomon.core.errors import InputError, LimitError
from gnomon.server.rules import FORM, NPY, OCTETS
from gnomon.server.serving.http import read_json
from gnomon.server.serving.inputs import read_npy
from gnomon.server.serving.picture import from_base64

MAX_ROWS: Final = 10_000
ONLY: Final = ""
"""Stands for the name of the one input."""
_NPY: Final = b"\x93NUMPY"
_SHOWN: Final = "JSON with `image`, `inputs` or `rows`, a picture, multipart/form-data, or a .npy file"


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hold what a JSON body asks for: one of these.

    Args:
        image: A data URI or base64 of one picture.
        inputs: Values of the one input, of one row or of several; or by name, each a list with one value for each row.
        rows: Rows, each with its values by name.
    """

    image: str | None = None
    inputs: list[Any] | dict[str, list[Any]] | None = None
    rows: list[dict[str, Any]] | None = None


class Brought(msgspec.Struct, frozen=True):
    """Hold what came: one of these.

    Args:
        picture: A file.
        array: Numbers of the one input.
        columns: By name, values of all rows; a picture is bytes, base64, or numbers.
        rows: How many rows `columns` have.
        is_single: Whether one row came as such, so that one answer goes back.
    """

    picture: bytes | None = None
    array: npt.NDArray[Any] | None = None
    columns: dict[str, list[Any]] | None = None
    rows: int = 1
    is_single: bool = False


def read_brought(content_type: str, body: bytes) -> Brought:
    """Return what a request brings.

    Args:
        content_type: Of its body; none is taken for JSON.
        body: The body.

    Raises:
        InputError: It is none of what we take.
        LimitError: It is more than we take.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind in {"application/json", "", "text/plain", FORM}:  # curl labels any data as a form
        return _of_json(read_json(body, Asked))
    if kind.startswith("image/"):
        return Brought(picture=body, is_single=True)
    if kind == "multipart/form-data":
        return _of_form(content_type, body)
    if kind in {NPY, OCTETS} and body.startswith(_NPY):
        return Brought(array=read_npy(body))
    msg = f"Content-Type: expected {_SHOWN}, received {content_type or 'none'!r:.60}."
    raise InputError(msg, field="Content-Type")


def _of_json(asked: Asked) -> Brought:
    if (asked.image, asked.inputs, asked.rows).count(None) != 2:
        msg = "body: expected one of `image`, `inputs` and `rows`. GET / tells what this model takes."
        raise InputError(msg, field="body")
    if asked.image is not None:
        return Brought(picture=from_base64(asked.image), is_single=True)
    if asked.rows is not None:
        return _of_rows(asked.rows)
    if isinstance(asked.inputs, dict):
        return _of_columns(asked.inputs)
    if asked.inputs and all(value is None or isinstance(value, str) for value in asked.inputs):
        return _of_columns({ONLY: asked.inputs})  # texts, classes, pictures
    return Brought(array=numbers(asked.inputs, "inputs"))


def _of_rows(rows: list[dict[str, Any]]) -> Brought:
    _check_count(len(rows), "rows")
    names = dict.fromkeys(name for row in rows for name in row)
    for i, row in enumerate(rows):
        for name in names:
            if name not in row:
                msg = f"rows[{i}].{name}: expected a value in every row, or null where it is not known."
                raise InputError(msg, field=f"rows[{i}].{name}")
    return Brought(columns={name: [row[name] for row in rows] for name in names}, rows=len(rows))


def _of_columns(columns: dict[str, list[Any]]) -> Brought:
    counts = {name: len(values) for name, values in columns.items()}
    if len(set(counts.values())) != 1:
        said = ", ".join(f"{name} {n}" for name, n in list(counts.items())[:10]) or "nothing"
        msg = f"inputs: expected as many values of each name, one for each row, received {said}."
        raise InputError(msg, field="inputs")
    rows = next(iter(counts.values()))
    _check_count(rows, "inputs")
    return Brought(columns=columns, rows=rows)


def _check_count(rows: int, field: str) -> None:
    if not rows:
        msg = f"{field}: expected at least one row."
        raise InputError(msg, field=field)
    if rows > MAX_ROWS:
        msg = f"{field}: expected at most {MAX_ROWS:,} rows, received {rows:,}. Send them in parts."
        raise LimitError(msg, field=field)


def _of_form(content_type: str, body: bytes) -> Brought:
    head = b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    values: dict[str, Any] = {}
    files: list[bytes] = []
    for part in message.iter_parts() if message.is_multipart() else ():
        name = str(part.get_param("name", "", header="content-disposition"))
        data = part.get_payload(decode=True)
        if not isinstance(data, bytes):
            continue
        if part.get_filename() is not None or part.get_content_maintype() == "image":
            files.append(data)
            values[name] = read_npy(data) if data.startswith(_NPY) else data
        else:
            values[name] = data.decode("utf-8", "replace") or None
    if not values:
        msg = "body: expected a form with fields, or a file: a picture or a .npy."
        raise InputError(msg, field="body")
    if len(values) == 1 and files:  # whatever the field is called
        only = next(iter(values.values()))
        return Brought(picture=only, is_single=True) if isinstance(only, bytes) else Brought(array=only)
    return Brought(columns={name: [value] for name, value in values.items()}, is_single=True)


def numbers(values: Any, field: str) -> npt.NDArray[Any]:
    """Return nested lists as an array of numbers.

    Raises:
        InputError: They hold something else, or rows differ in length.
    """
    try:
        found = np.asarray(values)
        found = found if found.dtype.kind in "biuf" else found.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        msg = f"{field}: expected numbers, in rows of one length."
        raise InputError(msg, field=field) from None
    return found
