"""What workers and the server say, and errors of user code as they are told."""

import io

import msgspec
import pytest

from gnomon.core.errors import InputError, UserCodeError
from gnomon.models.worker import protocol
from gnomon.models.worker.methods import METHODS, find
from gnomon.models.worker.protocol import Answer, Request, Trouble, length, pack
from gnomon.models.worker.user_code import user_code


def test_a_frame_is_a_length_and_that_much_msgpack() -> None:
    answer = Answer(7, done=True, error=Trouble("code", "no", line=3))
    stream = io.BytesIO(pack(answer))
    size = length(stream.read(protocol.HEAD_BYTES))
    assert msgspec.msgpack.decode(stream.read(size), type=Answer) == answer
    assert stream.read() == b""


def test_frames_that_are_too_long_are_refused_at_both_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MAX_FRAME_BYTES", 1 << 20)
    with pytest.raises(ValueError, match=r"expected at most 1 MB, it would have 2\."):
        pack(Request(1, "x", {"data": b"\0" * (2 << 20)}))
    with pytest.raises(ValueError, match="received a head that says 4294967295"):
        length(b"\xff" * 4)


def test_every_method_is_there() -> None:
    assert {name: callable(find(name)) for name in METHODS} == dict.fromkeys(METHODS, True)


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("a = 1\nb = a + 'x'", "TypeError: unsupported operand type(s) for +: 'int' and 'str'", 2),
        ("import sys\nsys.exit(3)", "SystemExit: 3", 2),
        ("def f():\n    raise ValueError\n\nf()", "ValueError", 2),
        ("import json\njson.loads('{')", "JSONDecodeError: Expecting property name enclosed in double quotes", 2),
        ("raise BaseException('x' * 9999)", "BaseException: xxxx", 1),
    ],
)
def test_an_error_of_user_code_is_told_with_its_last_line_there(text: str, message: str, line: int) -> None:
    with pytest.raises(UserCodeError) as caught, user_code("model.py"):
        exec(compile(text, "model.py", "exec"), {})
    error = caught.value
    assert (str(error)[: len(message)], error.file, error.line) == (message, "model.py", line)
    assert len(str(error)) <= 2000
    assert error.trace.splitlines()[1].startswith('  File "model.py", line ')


def test_a_line_that_we_put_in_front_is_not_counted() -> None:
    with pytest.raises(UserCodeError) as caught, user_code("own", shift=1):
        exec(compile("x = 1\nx / 0", "own", "exec"), {})
    assert caught.value.line == 1


def test_code_that_does_not_parse_names_its_line() -> None:
    with pytest.raises(UserCodeError) as caught, user_code("model.py"):
        compile("x = 1\ny = (", "model.py", "exec")
    assert (caught.value.file, caught.value.line) == ("model.py", 2)


def test_errors_of_ours_pass_as_they_are() -> None:
    error = InputError("no", field="a")
    with pytest.raises(InputError) as caught, user_code("model.py"):
        raise error
    assert caught.value is error
