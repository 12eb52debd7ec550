"""Code of the user is told as theirs: what it raised, in which line, and that it did not end."""

import signal
import threading

import pytest

from gnomon.core.errors import InputError, UserCodeError
from gnomon.models.worker.user_code import LateError, user_code


def _run(source: str, **more: float) -> None:
    with user_code("mine.py", **more):  # type: ignore[arg-type]
        exec(compile(source, "mine.py", "exec"))


def test_what_is_raised_is_told_with_its_line() -> None:
    with pytest.raises(UserCodeError, match="ZeroDivisionError: division by zero") as caught:
        _run("x = 1\nx / 0")
    assert (caught.value.file, caught.value.line) == ("mine.py", 2)


@pytest.mark.parametrize(
    "source", ["while True:\n    pass", "while True:\n    try:\n        x = 1\n    except Exception:\n        pass"]
)
def test_what_does_not_end_is_interrupted(source: str) -> None:
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(LateError, match=r"It did not end within 0\.1 s\.") as caught:
        _run(source, seconds=0.1)
    assert caught.value.line > 0
    assert signal.getsignal(signal.SIGALRM) is before


def test_what_ends_in_time_is_not_and_the_clock_goes_back_to_who_had_it() -> None:
    before = signal.setitimer(signal.ITIMER_REAL, 100, 3)
    try:
        _run("x = 1", seconds=60)
        left, again = signal.getitimer(signal.ITIMER_REAL)
        assert (0 < left <= 100, again) == (True, 3)
    finally:
        signal.setitimer(signal.ITIMER_REAL, *before)


def test_beside_the_main_thread_nothing_is_interrupted() -> None:
    ended = []
    thread = threading.Thread(target=lambda: ended.append(_run("x = 1", seconds=0.001)))
    thread.start()
    thread.join()
    assert ended == [None]


def test_our_own_errors_pass() -> None:
    def refuse() -> None:
        msg = "ours"
        raise InputError(msg, field="x")

    with pytest.raises(InputError, match="ours"), user_code("mine.py", seconds=5):
        refuse()
