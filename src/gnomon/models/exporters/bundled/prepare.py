# ruff: noqa: B905, BLE001, EM102, N818, TRY003, UP017 - this one stands alone, for people with any Python
"""What a model takes, made of what people send: values as the data had them that it was trained on.

preprocess.json says how each column is prepared, with what was measured of the training rows. Needs NumPy and Pillow.
"""

import base64
import binascii
import io
import math
import re
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
from PIL import Image

MOST_PIXELS = 4096 * 4096
MOST_ROWS = 10_000
ONLY = ""  # stands for the name of the one input
GREY = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
DAY_US = 86_400_000_000


class Refused(Exception):
    """What was sent cannot be predicted; the message says why."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status


def numbers(values: Any, name: str) -> Any:
    """Return nested lists as an array of numbers."""
    try:
        found = np.asarray(values)
        return found if found.dtype.kind in "biuf" else found.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        raise Refused(f"{name}: expected numbers, in rows of one length.") from None


def check_shape(got: Any, asked: Any, name: str) -> None:
    """Refuse a row of another shape; `None` takes any length."""
    if len(got) != len(asked) or any(size not in (None, had) for had, size in zip(got, asked)):
        raise Refused(f"{name}: expected {said(asked)} in each row, received {said(got)}.", 422)


def said(shape: Any) -> str:
    """Return a shape in words."""
    return "×".join("any" if size is None else str(size) for size in shape) or "one number"


# How columns are prepared: each of these returns an array whose first axis is the rows.


def normalised(x: Any, how: dict[str, Any], top: float | None, name: str) -> Any:
    """Return numbers after normalisation with what was measured of the training rows, channels last."""
    way = how.get("normalise", "none")
    if way == "scale":
        low, high = how.get("range") or (0.0, top or 0.0)
        if not high > low:
            raise Refused(f"{name}: expected a picture of whole numbers, received one of fractions.")
        return (x - low) / (high - low)
    if way == "standard":
        std = np.asarray(how["std"])
        return (x - np.asarray(how["mean"])) / np.where(std > 0, std, 1.0)
    if way == "minmax":
        least, most = np.asarray(how["low"]), np.asarray(how["high"])
        return (x - least) / np.where(most > least, most - least, 1.0)
    return x


def number_column(values: Any, how: dict[str, Any], name: str) -> Any:
    """Return numbers, and times as days since 1970; `fill` stands for those that are not known."""
    read = time_of if how["kind"] == "time" else number_of
    x = np.array([how["fill"] if value is None else read(value, name, row) for row, value in enumerate(values)])
    return normalised(x.astype(np.float64), how, None, name).astype(np.float32)


def number_of(value: Any, name: str, row: int) -> float:
    """Return a finite number."""
    try:
        found = float(value) if isinstance(value, (int, float, str, np.number)) else math.nan
    except (ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise Refused(
            f"{name}: expected a finite number, or null where it is not known, received {value!r:.60} in row {row}."
        )
    return found


def time_of(value: Any, name: str, row: int) -> float:
    """Return the days since 1970 of a time, which is UTC where it names no zone."""
    try:
        at = datetime.fromisoformat(value.strip())
    except (ValueError, AttributeError):
        raise Refused(
            f"{name}: expected a time such as 2026-11-21T14:02, received {value!r:.60} in row {row}."
        ) from None
    return (at.replace(tzinfo=at.tzinfo or timezone.utc) - EPOCH) // timedelta(microseconds=1) / DAY_US


def category_column(values: Any, how: dict[str, Any], name: str) -> Any:
    """Return the numbers of classes; what is not known is a class of its own, the last, where training had such rows."""
    known = {text: i for i, text in enumerate(how["classes"])}
    codes = []
    for row, value in enumerate(values):
        text = class_of(value)
        if text is not None and text not in known:
            some = ", ".join(how["classes"][:10]) + (" …" if len(known) > 10 else "")
            raise Refused(f"{name}: expected one of {some}, received {value!r:.60} in row {row}.")
        codes.append(how["null_class"] if text is None else known[text])
    return np.array(codes, np.int64)


def class_of(value: Any) -> str | None:
    """Return a class as the data write it: `2` and `2.0` are class 2."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, (int, float)) and abs(value) < 2.0**63:
        return f"{value:g}"
    return None if value is None else str(value)


def text_column(values: Any, how: dict[str, Any], name: str) -> Any:
    """Return the numbers of words: 0 fills up, 1 is a word without a number of its own."""
    known = {word: i for i, word in enumerate(how["words"], 2)}
    found = np.zeros((len(values), how["length"]), np.int64)
    for row, text in enumerate(values):
        check_text(text, name, row)
        ids = [known.get(word, 1) for word in re.findall(r"\w+", (text or "").lower())][: how["length"]]
        found[row, : len(ids)] = ids
    return found


def letters(values: Any, length: int | None, name: str) -> Any:
    """Return texts as the bytes of their UTF-8, filled up with zeros."""
    for row, text in enumerate(values):
        check_text(text, name, row)
    texts = [(text or "").encode("utf-8", "replace") for text in values]
    found = np.zeros((len(texts), length or max([1, *map(len, texts)])), np.int32)
    for row, text in enumerate(texts):
        cut = np.frombuffer(text[: found.shape[1]], np.uint8)
        found[row, : len(cut)] = cut
    return found


def check_text(text: Any, name: str, row: int) -> None:
    """Refuse what is no text."""
    if text is not None and not isinstance(text, str):
        raise Refused(f"{name}: expected a text, received {text!r:.60} in row {row}.")


def array_column(values: Any, how: dict[str, Any], name: str) -> Any:
    """Return arrays of the shape that the data have."""
    x = numbers(values, name)
    check_shape(x.shape[1:], how["shape"], name)
    check_finite(x, name)
    return normalised(x, how, None, name)


def picture_column(values: Any, how: dict[str, Any], name: str) -> Any:
    """Return pictures of one size."""
    return np.stack([picture_of(value, how, name, row) for row, value in enumerate(values)])


def picture_of(value: Any, how: dict[str, Any], name: str, row: int) -> Any:
    """Return one picture: a file, base64 of one, or numbers as the data have them."""
    if value is None:
        raise Refused(f"{name}: expected a picture, received null in row {row}.")
    if isinstance(value, (bytes, str)):
        picture = decoded(from_base64(value) if isinstance(value, str) else value, name)
        if how.get("file_range") and picture.dtype == np.uint8:  # training had arrays whose ink goes to another number
            low, high = how["file_range"]
            picture = picture.astype(np.float32) * ((high - low) / 255) + low
            picture = np.rint(picture).astype(np.uint8) if low >= 0 and high <= 255 else picture
    else:
        picture, shape = numbers(value, name), how["shape"]
        check_shape(picture.shape, shape[:2] if picture.ndim == 2 and shape[2:] in ([], [1]) else shape, name)
        check_finite(picture, name)
        picture = eight_bits(picture[..., None] if picture.ndim == 2 else picture, how, name)
    picture = resized(with_channels(picture, how["channels"]), *how["resize"])
    top = float(np.iinfo(picture.dtype).max) if picture.dtype.kind in "iu" else None
    return normalised(picture.astype(np.float32), how, top, name).astype(np.float32)


def eight_bits(picture: Any, how: dict[str, Any], name: str) -> Any:
    """Return whole numbers up to 255 as 8-bit pictures have them."""
    must = how.get("normalise") == "scale" and not how.get("range")
    if picture.dtype.kind == "f" and not must:
        return picture
    if ((picture >= 0) & (picture <= 255) & (picture == np.rint(picture))).all():
        return picture.astype(np.uint8)
    if must:
        raise Refused(f"{name}: expected whole numbers from 0 to 255, as the pictures that were trained on have.")
    return picture


def from_base64(text: str) -> bytes:
    """Return the bytes of a data URI, or of base64 alone, plain or for URLs."""
    body = re.sub(r"\Adata:image/[a-z+.-]{1,20};base64,", "", text, flags=re.IGNORECASE).translate({45: "+", 95: "/"})
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Refused(f"image: expected data:image/png;base64,… or base64 alone, received {text[:30]!r}.") from None


def decoded(data: bytes, name: str) -> Any:
    """Return the numbers of a picture file, channels last."""
    try:
        picture: Any = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"))
        is_large = picture.width * picture.height > MOST_PIXELS
        if not is_large and picture.mode not in {"1", "L", "RGB", "RGBA", "F", "I", "I;16", "I;16L", "I;16B"}:
            clear = picture.mode in {"LA", "PA", "La", "RGBa"} or "transparency" in picture.info
            picture = picture.convert("RGBA" if clear else "RGB")
        array = None if is_large else np.asarray(picture)
    except Exception as error:  # Pillow raises OSError, SyntaxError, ValueError, struct.error, EOFError …
        raise Refused(
            f"{name}: expected a whole picture, PNG or JPEG for one; these bytes are none: {error!s:.100}"
        ) from None
    if array is None:
        raise Refused(f"{name}: expected at most {MOST_PIXELS:,} pixels. Scale it down.", 413)
    return array[..., None] if array.ndim == 2 else array


def with_channels(picture: Any, channels: int) -> Any:
    """Return a picture of 1, 3 or 4 channels: grey by how bright colours look, transparency dropped or full."""
    has = picture.shape[2]
    if has == channels:
        return picture
    if channels == 1:
        grey = picture[..., :3].astype(np.float32) @ GREY if has >= 3 else picture[..., 0]
        return (np.rint(grey) if picture.dtype.kind in "iu" else grey).astype(picture.dtype)[..., None]
    colours = picture[..., :3] if has >= 3 else np.repeat(picture[..., :1], 3, axis=2)
    if channels == 3:
        return colours
    full = np.full((*picture.shape[:2], 1), np.iinfo(picture.dtype).max if picture.dtype.kind in "iu" else 1)
    return np.concatenate([colours, full.astype(picture.dtype)], axis=2)


def resized(picture: Any, height: int, width: int) -> Any:
    """Return a picture of another size, each pixel the mean of what it covers."""
    if picture.shape[:2] == (height, width):
        return picture
    planes = []
    for i in range(picture.shape[2]):
        plane = np.ascontiguousarray(picture[:, :, i])
        image = Image.fromarray(plane if plane.dtype == np.uint8 else plane.astype(np.float32))
        planes.append(np.asarray(image.resize((width, height), Image.Resampling.BILINEAR)))
    return np.stack(planes, axis=2).astype(picture.dtype)


def check_finite(values: Any, name: str) -> None:
    """Refuse NaN and infinity."""
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise Refused(f"{name}: expected finite numbers, received NaN or infinity, or one too large for the model.")


PREPARE = {
    "number": number_column,
    "time": number_column,
    "category": category_column,
    "text": text_column,
    "array": array_column,
    "image": picture_column,
}


class Inputs:
    """Makes what the model takes of what is sent: `said` is preprocess.json."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.refused: str = said.get("refused", "")
        self.columns: dict[str, Any] = said["columns"]
        self.ports: dict[str, Any] = said["inputs"]

    def read(self, sent: Any, *, is_single: bool) -> tuple[dict[str, Any], int, bool]:
        """Return arrays by input, how many rows, and whether one row came as such."""
        if self.refused:
            raise Refused(f"This model's inputs cannot be prepared here: {self.refused}")
        given, is_single = (sent, is_single) if isinstance(sent, dict) else self._of_array(sent)
        given = self._by_column(dict(given))
        rows = len(next(iter(given.values())))
        if not 0 < rows <= MOST_ROWS:
            raise Refused(f"inputs: expected 1 to {MOST_ROWS:,} rows, received {rows:,}.", 413 if rows else 400)
        with np.errstate(over="ignore", invalid="ignore"):  # what is too large is told below
            found = {name: self._input(port, given) for name, port in self.ports.items()}
        for name, array in found.items():
            check_finite(array, name)
        return found, rows, is_single

    def _only(self) -> str:
        if len(self.columns) != 1:
            raise Refused(f"inputs: this model takes {', '.join(list(self.columns)[:20])}. Send `rows`.")
        return next(iter(self.columns))

    def _of_array(self, values: Any) -> tuple[dict[str, Any], bool]:
        """Return the columns of an array: one row, or several of that."""
        if len(self.ports) == 1 and len(self.columns) > 1:
            columns = next(iter(self.ports.values()))["columns"]
            found, is_single = rowed(values, [len(columns)], next(iter(self.ports)))
            return {name: found[:, i].tolist() for i, name in enumerate(columns)}, is_single
        name = self._only()
        how = self.columns[name]
        shape = how["shape"] if how["kind"] in ("image", "array") else []
        if how["kind"] == "image" and shape[2:] == [1] and values.shape[-1:] != (1,):
            shape = shape[:2]
        found, is_single = rowed(values, shape, name)
        return {name: found if shape else found.tolist()}, is_single

    def _by_column(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return values of all columns: the name of an input stands for its columns."""
        if ONLY in given:
            values = given.pop(ONLY)
            kind = self.columns[self._only()]["kind"]
            if kind != "image" and any(isinstance(value, bytes) for value in values):
                raise Refused(f"image: {self._only()} holds {kind}, no picture.")
            given[self._only()] = values
        for node, port in self.ports.items():
            if node in given and node not in self.columns:
                values, columns = given.pop(node), port["columns"]
                if len(columns) == 1:
                    given[columns[0]] = values
                    continue
                array = numbers(values, node)
                check_shape(array.shape[1:], [len(columns)], node)
                given |= {name: array[:, i].tolist() for i, name in enumerate(columns)}
        missing, extra = [n for n in self.columns if n not in given], [n for n in given if n not in self.columns]
        if missing or extra:
            why = f"{missing[0]} is missing" if missing else f"there is no {extra[0]!r:.60}"
            raise Refused(f"{(missing or extra)[0]}: {why}. This model takes {', '.join(list(self.columns)[:20])}.")
        return given

    def _input(self, port: dict[str, Any], given: dict[str, Any]) -> Any:
        """Return the array of one input: its column, or several side by side."""
        first, shape, dtype = port["columns"][0], port["shape"], port["dtype"]
        if self.columns[first]["kind"] == "text" and dtype == "text":
            return letters(given[first], shape[0], first)
        parts = [self._prepared(name, given[name], is_number=dtype == "float32") for name in port["columns"]]
        if len(parts) > 1:
            return np.concatenate([part.reshape(len(part), -1).astype(np.float32) for part in parts], axis=1)
        x = parts[0]
        if self.columns[first]["kind"] == "text":
            cut = np.zeros((len(x), shape[0] or x.shape[1]), x.dtype)
            cut[:, : x.shape[1]] = x[:, : cut.shape[1]]
            return cut
        if len(shape) == x.ndim - 2 and x.shape[-1] == 1 and len(shape) > 1:
            x = x[..., 0]
        elif len(shape) != x.ndim - 1:
            x = x.reshape(len(x), -1)
        check_shape(x.shape[1:], shape, first)
        if dtype.startswith("int") and not (x == np.rint(x)).all():
            raise Refused(f"{first}: expected whole numbers.")
        return x if dtype == "text" else x.astype(dtype)

    def _prepared(self, name: str, values: Any, *, is_number: bool) -> Any:
        how = self.columns[name]
        if not how["null"] and not isinstance(values, np.ndarray) and any(value is None for value in values):
            raise Refused(f"{name}: expected a value, received null; training had no row without it.")
        found = PREPARE[how["kind"]](values, how, name)
        return np.eye(how["codes"], dtype=np.float32)[found] if how["kind"] == "category" and is_number else found


def rowed(values: Any, shape: list[Any], name: str) -> tuple[Any, bool]:
    """Return an array with an axis of rows, and whether it was one row without."""
    is_single = values.ndim == len(shape)
    if not is_single and values.ndim != len(shape) + 1:
        raise Refused(f"{name}: expected {said(shape)}, or rows of that, received {said(values.shape)}.", 422)
    check_shape(values.shape if is_single else values.shape[1:], shape, name)
    return (values[None] if is_single else values), is_single
