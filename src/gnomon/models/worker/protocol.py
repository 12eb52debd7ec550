"""What the server and a worker say to each other: frames of a length (4 bytes, little-endian) and that much msgpack.

    → {"id", "method", "params"}
    ← {"id", "progress": 0…1, "text"}                                            any number of times
    ← {"id", "result"}    or    {"id", "error": {"kind", "message", "field", …}}     once

Neither end believes the other: what is too long, or does not decode, ends the connection.
"""

from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias

import msgspec

MODULE: Final = "gnomon.models.worker"
MAX_FRAME_BYTES: Final = 256 << 20
HEAD_BYTES: Final = 4

Say: TypeAlias = Callable[[float, str], None]
"""How a method tells how far it is: a share from 0 to 1, and what it does in a few words."""

Kind: TypeAlias = Literal["input", "missing", "limit", "notfound", "conflict", "store", "code", "crash"]


class Request(msgspec.Struct):
    """Something to do: a name of `methods.METHODS` and what it needs."""

    id: int
    method: str
    params: dict[str, Any]


class Trouble(msgspec.Struct, omit_defaults=True):
    """Why it was not done.

    Args:
        kind: `code` for an error that code of the user raised or is, `crash` for one that nobody foresaw.
        message: What was wrong, what was expected, what came, what to do.
        field: The offending value; empty when it is about the whole.
        file: Of the code, as its author knows it.
        line: Where in it, from 1; 0 when unknown.
        column: Likewise.
        trace: What Python printed, from the first line of the user's code on.
    """

    kind: Kind
    message: str
    field: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    trace: str = ""


class Answer(msgspec.Struct, omit_defaults=True):
    """One frame that comes back: of how far it is, or the last, with `done`."""

    id: int
    progress: float | None = None
    text: str = ""
    done: bool = False
    result: Any = None
    error: Trouble | None = None


def pack(message: Request | Answer) -> bytes:
    """Return a message as a frame.

    Raises:
        ValueError: It is longer than a frame may be.
        TypeError: It holds what msgpack cannot.
    """
    data = msgspec.msgpack.encode(message)
    if len(data) > MAX_FRAME_BYTES:
        msg = f"a frame: expected at most {MAX_FRAME_BYTES >> 20} MB, it would have {len(data) >> 20}."
        raise ValueError(msg)
    return len(data).to_bytes(HEAD_BYTES, "little") + data


def length(head: bytes) -> int:
    """Return how many bytes follow the head of a frame.

    Raises:
        ValueError: More than a frame may have, so this is none.
    """
    found = int.from_bytes(head, "little")
    if found > MAX_FRAME_BYTES:
        msg = f"a frame: expected at most {MAX_FRAME_BYTES} bytes, received a head that says {found}."
        raise ValueError(msg)
    return found
