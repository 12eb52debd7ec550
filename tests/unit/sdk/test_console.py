"""What is printed is copied, and printing is never the worse for it."""

import contextlib
import io
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import gnomon
from gnomon.core import journal
from gnomon.core.journal import CONSOLE_CHARS
from gnomon.core.terminal import ERASE, MAX_LINE, Line
from gnomon.sdk import console
from gnomon.sdk.console import ERR, LAST_LINES, OUT, OWN, Tap


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    monkeypatch.setenv("GNOMON_CAPTURE", "off")
    monkeypatch.delenv("GNOMON_CONSOLE", raising=False)
    # Other tests may have left runs open.
    monkeypatch.setattr(console, "_taps", [])
    monkeypatch.setattr(console, "_runs", [])
    yield
    assert (console._taps, console._runs) == ([], [])


class Tapped:
    """A stream that is tapped, and what was told of it; `now` is the clock."""

    def __init__(self, stream: io.TextIOBase | None = None) -> None:
        self.stream = io.TextIOWrapper(io.BytesIO(), "utf-8") if stream is None else stream
        self.told: list[tuple[int, str]] = []
        self.now = 0.0
        self.tap = Tap(OUT, self.stream, lambda stream, text: self.told.append((stream, text)), lambda: self.now)
        assert self.tap.hook()

    def print(self, *parts: object, end: str = "\n", flush: bool = False) -> None:
        """Print to the stream."""
        print(*parts, end=end, flush=flush, file=self.stream)

    def lines(self) -> list[str]:
        """Return what a reader makes of what was told on stdout: the lines that ended, and the open one."""
        line = Line()
        ended = [each for stream, text in self.told if stream == OUT for each in line.feed(text)]
        return [*ended, line.text]


def printed(run: gnomon.Run) -> list[tuple[int, str]]:
    """Return the console records of the journals of a run."""
    found = sorted((run.home / "journal" / run.id).glob("*.j"))
    records = [record for path in found for record in journal.read(path.read_bytes())]
    return [(record.fields[1], record.fields[2]) for record in records if record.tag == journal.CONSOLE]


def test_a_line_is_told_as_soon_as_it_has_ended() -> None:
    tapped = Tapped()
    tapped.print("epoch", 1, "loss", 0.5)
    assert tapped.told == [(OUT, "epoch 1 loss 0.5\n")]
    tapped.print("a\nb", end="")
    assert tapped.told[1:] == [(OUT, "a\n")]
    tapped.print("c")
    assert tapped.told[2:] == [(OUT, "bc\n")]
    tapped.stream.writelines(["x\n", "y\n"])
    assert tapped.told[3:] == [(OUT, "x\n"), (OUT, "y\n")]


def test_the_stream_gets_what_it_got_before_and_stays_what_it_was() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, "latin-1", errors="xmlcharrefreplace", newline="\n")
    write = stream.write
    tapped = Tapped(stream)
    assert tapped.stream.write("né\n") == 3
    tapped.print("日本", flush=True)
    assert raw.getvalue() == "né\n&#26085;&#26412;\n".encode("latin-1")
    assert (stream.encoding, stream.isatty(), stream.errors) == ("latin-1", False, "xmlcharrefreplace")
    with pytest.raises(TypeError):
        stream.write(3)  # type: ignore[arg-type]
    tapped.tap.unhook()
    assert "write" not in vars(stream)
    assert stream.write == write
    stream.write("no more\n")
    assert tapped.told == [(OUT, "né\n"), (OUT, "日本\n")]


def test_a_hundred_thousand_updates_of_a_progress_bar_are_one_line() -> None:
    tapped = Tapped()
    for n in range(100_000):
        tapped.now += 0.001
        tapped.print(f"\r{n / 1000:3.0f}%|{'█' * (n // 5000):<20}| {n}/100000", end="", flush=True)
    tapped.print(f"\r100%|{'█' * 20}| 100000/100000")
    assert tapped.lines() == [f"100%|{'█' * 20}| 100000/100000", ""]
    assert len(tapped.told) <= 20 + 2 * 100 + 2


def test_a_line_without_an_end_is_told_when_it_is_flushed_a_few_times_a_second() -> None:
    tapped = Tapped()
    tapped.print("loading", end="")
    assert tapped.told == []
    tapped.print(" …", end="", flush=True)
    assert tapped.told == [(OUT, "loading …")]
    tapped.print(" done", end="", flush=True)
    assert tapped.told[1:] == [(OUT, f"{ERASE}loading … done")]
    tapped.tap.flush()
    assert len(tapped.told) == 2
    for _ in range(100):
        tapped.print(".", end="", flush=True)
    assert len(tapped.told) == 20
    tapped.now += 0.5
    tapped.print("!", end="", flush=True)
    assert tapped.lines() == ["loading … done" + 100 * "." + "!"]
    tapped.print("?", end="")
    tapped.tap.settle()
    assert tapped.lines() == ["loading … done" + 100 * "." + "!?", ""]


def test_a_flood_is_bounded_and_says_how_much_was_left_out_and_how_it_ended() -> None:
    tapped = Tapped()
    for n in range(1_000_000 // 4):
        tapped.print(f"line {n} {'x' * 150}")
    tapped.tap.settle()
    said = [text for stream, text in tapped.told if stream == OWN]
    lines = tapped.lines()[:-1]
    assert sum(len(text) for _, text in tapped.told) < console.BURST_BYTES + (1 << 20)
    left_out = 250_000 - len(lines)
    assert said == [f"… {left_out:,} lines left out: more than gnomon keeps of what is printed\n"]
    assert lines[:2] == [f"line {n} {'x' * 150}" for n in range(2)]
    assert lines[-LAST_LINES:] == [f"line {n} {'x' * 150}" for n in range(250_000 - LAST_LINES, 250_000)]


def test_after_a_flood_there_is_room_again() -> None:
    tapped = Tapped()
    for _ in range(18):
        tapped.print("\n".join(["y" * 1000] * 1010))
    tapped.told.clear()
    tapped.print("lost for now")
    assert tapped.told == []
    tapped.now += 2.0
    tapped.print("room again")
    (own, said), *rest = tapped.told
    assert (own, said.split()[1]) == (OWN, "1,821")
    assert "".join(text for _, text in rest).endswith("y\nlost for now\nroom again\n")


def test_a_line_of_megabytes_is_told_in_lines() -> None:
    tapped = Tapped()
    tapped.print("z" * 1_000_000, end="")
    tapped.print("!")
    full, rest = divmod(1_000_001, MAX_LINE)
    assert tapped.lines() == ["z" * MAX_LINE] * full + ["z" * (rest - 1) + "!", ""]
    assert max(len(text) for _, text in tapped.told) <= CONSOLE_CHARS


def test_lines_of_many_threads_arrive_whole_each_once() -> None:
    tapped = Tapped()

    def talk(name: int) -> None:
        for n in range(500):
            tapped.stream.write(f"thread {name} line {n}\n")

    threads = [threading.Thread(target=talk, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(tapped.lines()[:-1]) == sorted(f"thread {name} line {n}" for name in range(8) for n in range(500))


def test_whoever_prints_while_something_is_told_waits_for_its_turn() -> None:
    stream = io.StringIO()
    told: list[str] = []

    def tell(_: int, text: str) -> None:
        told.append(text)
        if len(told) == 1:
            print("from within", file=stream)

    tap = Tap(OUT, stream, tell)
    assert tap.hook()
    print("first", file=stream)
    assert told == ["first\n", "from within\n"]
    assert stream.getvalue() == "first\nfrom within\n"


def test_a_disk_that_fails_reaches_no_print() -> None:
    stream = io.StringIO()

    def tell(_stream: int, _text: str) -> None:
        raise OSError(28, "no space left on device")

    tap = Tap(OUT, stream, tell)
    assert tap.hook()
    print("goes on", file=stream, flush=True)
    tap.settle()
    assert stream.getvalue() == "goes on\n"


def test_a_stream_that_cannot_be_wrapped_is_left_alone() -> None:
    class Slotted:
        __slots__ = ()

        def write(self, text: str) -> int:
            return len(text)

        def flush(self) -> None:
            return

    assert not Tap(OUT, Slotted(), lambda *_: None).hook()
    assert not Tap(OUT, object(), lambda *_: None).hook()


def test_a_stream_wrapped_again_later_stays_wrapped() -> None:
    tapped = Tapped(io.StringIO())
    ours = tapped.stream.write
    tapped.stream.write = lambda text: ours(text.upper())  # type: ignore[method-assign]
    tapped.print("loud")
    tapped.tap.unhook()
    tapped.print("still")
    assert tapped.stream.getvalue() == "LOUD\nSTILL\n"  # type: ignore[attr-defined]
    assert tapped.told == [(OUT, "LOUD\n")]


def test_a_run_keeps_what_is_printed_until_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    handler = logging.StreamHandler(sys.stderr)
    before = sys.stdout
    with gnomon.init("p") as run:
        assert sys.stdout is before
        print("hello", 1)
        sys.stderr.write("warn\n")
        handler.emit(logging.makeLogRecord({"msg": "logged"}))
        sys.stdout.write("\udcff \ud800 no UTF-8\n") if sys.stdout.errors == "surrogateescape" else None
        print("no end", end="")
    print(" after")
    assert printed(run) == [(OUT, "hello 1\n"), (ERR, "warn\n"), (ERR, "logged\n"), (OUT, "no end\n")]
    assert capsys.readouterr() == ("hello 1\nno end after\n", "warn\nlogged\n")


def test_surrogates_are_spelled_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "utf-8", errors="surrogateescape"))
    with gnomon.init("p") as run:
        print("caf\udce9", "x" * CONSOLE_CHARS)
    text = "caf\\udce9 " + "x" * CONSOLE_CHARS
    assert "".join(part for _, part in printed(run)).replace("\n", "") == text
    assert max(len(part) for _, part in printed(run)) <= CONSOLE_CHARS


def test_the_traceback_of_a_failure_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError), gnomon.init("p") as run:
        print("soon", 1 / 0 if print("soon", end="") is None else 0)
    assert printed(run) == [(OUT, "soon\n")]
    assert capsys.readouterr().out == "soon"


def test_the_run_begun_last_keeps_what_is_printed() -> None:
    with gnomon.init("p") as outer:
        print("one")
        print("of outer", end="")
        with gnomon.init("p") as inner:
            print("two")
        print("three")
    assert printed(outer) == [(OUT, "one\n"), (OUT, "of outer\n"), (OUT, "three\n")]
    assert printed(inner) == [(OUT, "two\n")]


def test_output_that_goes_elsewhere_is_not_the_consoles() -> None:
    with gnomon.init("p") as run:
        elsewhere = io.StringIO()
        with contextlib.redirect_stdout(elsewhere):
            print("into a file")
        print("onto the console")
    assert elsewhere.getvalue() == "into a file\n"
    assert printed(run) == [(OUT, "onto the console\n")]


def test_a_stream_that_writes_through_the_one_before_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = io.StringIO()

    class Through(io.StringIO):
        def write(self, text: str, /) -> int:
            return inner.write(text)

    monkeypatch.setattr(sys, "stdout", inner)
    with gnomon.init("p") as outer:
        print("a")
        monkeypatch.setattr(sys, "stdout", Through())
        with gnomon.init("p") as run:
            print("b")
    assert inner.getvalue() == "a\nb\n"
    assert (printed(outer), printed(run)) == ([(OUT, "a\n")], [(OUT, "b\n")])
    assert "write" not in vars(inner)


@pytest.mark.parametrize("how", ["argument", "environment", "disabled"])
def test_the_console_can_be_left_alone(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if how == "environment":
        monkeypatch.setenv("GNOMON_CONSOLE", "off")
    before = vars(sys.stdout).get("write")
    with gnomon.init("p", console=how != "argument", mode="disabled" if how == "disabled" else "online") as run:
        assert vars(sys.stdout).get("write") is before
        print("private")
    assert printed(run) == []


def test_without_streams_there_is_nothing_to_keep(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    with gnomon.init("p") as run:
        print("nowhere")
    assert printed(run) == []
    assert run.home == home
