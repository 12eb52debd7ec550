"""What we accept at every border, checked by the SDK before writing and by the server before storing."""

from typing import Final

from gnomon.core.errors import InputError, LimitError

OURS: Final = "gnomon/"
"""Keys that begin so are not for users: under them lies what is captured without being asked for."""

MAX_STEP: Final = 2**53 - 1
"""Largest step: every integer up to here is exact as a float64, so in a browser too."""

MAX_KEY_CHARS: Final = 512
MAX_NAME_CHARS: Final = 256
MAX_KEYS_PER_CALL: Final = 20_000
MAX_RECORD_BYTES: Final = 16 << 20
MAX_BODY_BYTES: Final = 32 << 20
MAX_INFLATED_BYTES: Final = 256 << 20
MAX_JSON_DEPTH: Final = 64
MAX_CONFIG_KEYS: Final = 5_000
MAX_TEXT_CHARS: Final = 65_536

MAX_PIXELS: Final = 2**28
"""Most pixels of one picture, or of all frames decoded at once."""

MAX_FRAMES: Final = 100_000
"""Most frames of an animation."""

MAX_FACES: Final = 2**26
"""Most faces of a mesh, and most points of a cloud."""

MAX_RATIO: Final = 200
"""A compressed file may grow this much; smaller results than `FREE_BYTES` may have any ratio (a white picture has)."""

FREE_BYTES: Final = 64 << 20

BLOB_BYTES: Final = 64 << 10
"""Payloads of records and bodies of documents from this size on lie in files of their own."""

SYSTEM: Final = "system/"
"""Begins the keys of what the agent samples; their steps are seconds of the run, which no rewind takes back."""


def check_step(step: object, field: str = "step") -> int:
    """Return `step` as an int.

    Args:
        step: An integer, or anything with `__index__`, from 0 to 2^53 - 1.
        field: Name used in the error.

    Raises:
        InputError: It is not an integer, or out of range.

    Example:
        >>> check_step(3)
        3
    """
    if isinstance(step, float) and step.is_integer():
        step = int(step)
    try:
        value = step.__index__()  # type: ignore[attr-defined]
    except AttributeError:
        msg = f"{field}: expected an integer, received {type(step).__name__} {step!r:.40}."
        raise InputError(msg, field=field) from None
    if not 0 <= value <= MAX_STEP:
        msg = f"{field}: expected 0 to 2^53 - 1, received {value}. Count steps from 0."
        raise InputError(msg, field=field)
    return int(value)


def check_key(key: object, field: str = "key") -> str:
    """Return `key` when it can name a series.

    Args:
        key: One to 512 characters, no control characters, no lone surrogates.
        field: Name used in the error.

    Raises:
        InputError: It is empty, not text, or holds a character that cannot be shown or stored.
        LimitError: It is too long.
    """
    return _check_text(key, field, MAX_KEY_CHARS)


def is_hidden(key: str) -> bool:
    """Tell whether records under a key are ours, neither listed among those of a run nor counted.

    `.` begins what other records need (scripts of figures), `gnomon/` what is captured of the program that ran.

    Example:
        >>> is_hidden("gnomon/code/diff"), is_hidden("samples")
        (True, False)
    """
    return key.startswith((".", OURS))


def check_name(name: object, field: str = "name") -> str:
    """Return `name` when it can name a project or a run: one to 256 printable characters."""
    return _check_text(name, field, MAX_NAME_CHARS)


def _check_text(text: object, field: str, longest: int) -> str:
    if not isinstance(text, str):
        msg = f"{field}: expected text, received {type(text).__name__}."
        raise InputError(msg, field=field)
    if not text or text.isspace():
        msg = f"{field}: expected at least one character, received {text!r}."
        raise InputError(msg, field=field)
    if len(text) > longest:
        msg = f"{field}: expected at most {longest} characters, received {len(text)}: {text[:40]!r}…"
        raise LimitError(msg, field=field)
    # What is printable holds none of them; Python knows that at once.
    if not text.isprintable() and any(
        ord(c) < 32 or 0x7F <= ord(c) <= 0x9F or 0xD800 <= ord(c) <= 0xDFFF for c in text
    ):
        msg = f"{field}: control characters and lone surrogates cannot be stored, received {text[:40]!r}."
        raise InputError(msg, field=field)
    return text
