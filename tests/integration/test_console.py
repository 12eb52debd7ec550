"""What real programs print, through the journal, the store and back, however they end."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import gnomon
from gnomon.sdk.lab_run import LabRun

HEAD = "import gnomon, os, sys\nrun = gnomon.init('p')\n"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "off")
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")


def start(code: str, **how: object) -> "subprocess.Popen[str]":
    """Start a program that has begun a run."""
    program = HEAD + textwrap.dedent(code)
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="surrogateescape",
        **how,
    )


def run_to_end(code: str) -> tuple[int, str, str]:
    """Run a program to its end; return its status and what it printed."""
    with start(code) as process:
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err


def only(home: Path) -> list[tuple[str, str]]:
    """Return stream and text of the lines of the only run."""
    with gnomon.connect(home=home) as lab:
        (run,) = lab.runs("p")
        assert isinstance(run, LabRun)
        return [(line.stream, line.text) for line in run.console()]


def texts(home: Path) -> list[str]:
    return [text for _, text in only(home)]


def test_kill_minus_nine_loses_no_line_that_print_returned_from(home: Path) -> None:
    code = """
    for i in range(3000):
        print(f"line {i}")
    print("open", end="", flush=True)
    os.write(2, b"!")  # past us: what comes before it has returned
    sys.stdin.read(1)
    """
    with start(code) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for _ in range(3000):
            process.stdout.readline()
        assert process.stderr.read(1) == "!"
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    with gnomon.connect(home=home) as lab:
        (run,) = lab.runs("p")
        assert [line.text for line in run.console()][:3000] == [f"line {i}" for i in range(3000)]
        assert run.state == "killed"
        assert (run.console().open or [line.text for line in run.console().tail(1)]) == ["open"]


def test_an_exception_that_nobody_catches_is_the_last_thing_printed(home: Path) -> None:
    status, _, err = run_to_end("print('begin')\nraise ValueError('no data')")
    assert status == 1
    found = only(home)
    assert found[0] == ("out", "begin")
    assert [text for stream, text in found if stream == "err"] == err.splitlines()
    assert found[-1] == ("err", "ValueError: no data")
    with gnomon.connect(home=home) as lab:
        assert lab.runs("p")[0].console().first_error == 1


def test_forked_children_print_into_the_run_each_line_once(home: Path) -> None:
    code = """
    print("parent begins", end="")
    children = []
    for n in range(3):
        pid = os.fork()
        if pid == 0:
            for i in range(50):
                print(f"child {n} line {i}")
            print("no end", end="", flush=True)
            os._exit(0)
        children.append(pid)
    for pid in children:
        os.waitpid(pid, 0)
    print(" and ends")
    """
    status, _, err = run_to_end(code)
    assert (status, err) == (0, "")
    found = texts(home)
    expected = [f"child {n} line {i}" for n in range(3) for i in range(50)]
    assert sorted(found) == sorted([*expected, *(["no end"] * 3), "parent begins and ends"])
    assert [text for text in found if text.startswith("child 1 ")] == expected[50:100]


def test_threads_and_whatever_else_prints_at_the_same_time_lose_no_line(home: Path) -> None:
    code = """
    import logging, threading, warnings
    logging.basicConfig(stream=sys.stderr, format="%(message)s")
    def talk(n):
        for i in range(300):
            print(f"thread {n} line {i}\\n", end="")
            logging.warning("log %d %d", n, i)
    threads = [threading.Thread(target=talk, args=(n,)) for n in range(6)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    """
    assert run_to_end(code)[0] == 0
    found = only(home)
    out = sorted(text for stream, text in found if stream == "out")
    assert out == sorted(f"thread {n} line {i}" for n in range(6) for i in range(300))
    err = sorted(text for stream, text in found if stream == "err")
    assert err == sorted(f"log {n} {i}" for n in range(6) for i in range(300))


def test_a_flood_of_forty_megabytes_is_bounded_and_its_end_is_kept(home: Path) -> None:
    code = """
    from gnomon.sdk import console
    vars(console)["BYTES_PER_S"] = 0  # however long it takes
    sys.stdout = open(os.devnull, "w")
    run.finish()
    run = gnomon.init("p", name="flood")
    line = "x" * 500
    for i in range(80_000):
        print(i, line)
    print("the end")
    """
    assert run_to_end(code)[0] == 0
    size = sum(path.stat().st_size for path in (home / "journal").rglob("*.j"))
    assert size < 20 << 20
    with gnomon.connect(home=home) as lab:
        console = lab.run("p/flood").console()
        lines = list(console)
    own = [line.text for line in lines if line.stream == "gnomon"]
    left_out = 80_001 - (len(lines) - len(own))
    assert left_out > 40_000
    assert sum(int(text.split()[1].replace(",", "")) for text in own) == left_out
    assert [line.text.split()[0] for line in lines[-3:]] == ["79998", "79999", "the"]


def test_odd_bytes_and_hostile_text_come_back_as_text(home: Path) -> None:
    code = r"""
    sys.stdout.reconfigure(errors="surrogateescape")
    print("caf\udce9")
    print("\x1b]0;title\x07\x1b[2J<script>alert(1)</script>\x00")
    print("日本語 \U0001f600")
    sys.stdout.buffer.write(b"past us \xff\n")
    """
    assert run_to_end(code)[0] == 0
    assert texts(home) == ["caf\\udce9", "<script>alert(1)</script>\x00", "日本語 \U0001f600"]


def test_tqdm_or_what_looks_like_it_leaves_one_line(home: Path) -> None:
    code = r"""
    for n in range(2001):
        sys.stderr.write(f"\r{n * 100 // 2000:3d}%|{'#' * (n // 100):<20}| {n}/2000 [00:{n % 60:02d}<00:00]\x1b[A\n\r")
        sys.stderr.flush()
        if n == 5: break
    for n in range(20_001):
        sys.stderr.write(f"\r{n * 100 // 20000:3d}%|{'#' * (n // 1000):<20}| {n}/20000{' ' * 20}")
        sys.stderr.flush()
    sys.stderr.write("\n")
    """
    assert run_to_end(code)[0] == 0
    assert texts(home) == [f"100%|{'#' * 20}| 20000/20000"]


def test_what_is_printed_while_the_run_goes_on_elsewhere_is_one_console(home: Path) -> None:
    """Printing before, between and after runs belongs to nobody."""
    code = """
    print("one")
    run.finish()
    print("nobody's")
    again = gnomon.init("p", resume=run.id)
    print("two")
    """
    assert run_to_end(code)[0] == 0
    assert texts(home) == ["one", "two"]


def test_standard_streams_that_are_closed_or_broken_break_as_they_did(home: Path) -> None:
    code = """
    print("fine")
    read, write = os.pipe()
    os.close(read)
    os.dup2(write, 1)
    try:
        print("into a pipe that nobody reads", flush=True)
    except BrokenPipeError:
        sys.stderr.write("broken\\n")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    """
    status, _, err = run_to_end(code)
    assert (status, err) == (0, "broken\n")
    assert ("err", "broken") in only(home)


def test_the_agent_samples_a_real_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_AGENT", "on")
    monkeypatch.setenv("GNOMON_SYSTEM", "on")
    code = """
    import time
    run.log({"loss": 1.0}, step=0)
    folder = run.home / "journal" / run.id
    until = time.monotonic() + 60
    while time.monotonic() < until and not any(b"system/cpu_process" in p.read_bytes() for p in folder.glob("*.j")):
        time.sleep(0.05)
    """
    assert run_to_end(code)[0] == 0
    (folder,) = (home / "journal").iterdir()
    assert any(b"system/cpu_process" in path.read_bytes() for path in folder.glob("*.j"))
    with gnomon.connect(home=home) as lab:
        (run,) = lab.runs("p")
        assert (run.last_step, run.state) == (0, "finished")
        assert {"loss", "system/cpu", "system/memory_process"} <= run.keys().keys()


def test_replication_copies_the_console(home: Path, tmp_path: Path) -> None:
    from gnomon.core.batch import decode_batch
    from gnomon.store.home import Home
    from gnomon.store.replica import CopyState, next_piece

    run_to_end("for i in range(25_000): print('line', i)\nprint('warned', file=sys.stderr)")
    with Home.open(home) as source, Home.open(tmp_path / "copy") as copy:
        assert source.drain()
        (run,) = source.engine.runs()
        state, more = CopyState(), True
        while more:
            piece, data = next_piece(source.engine, run.id, "c0py00", state)
            keys = copy.engine.keysets(run.id, "c0py00") if state.offset else {}
            batch = decode_batch(data, run=run.id, writer="c0py00", offset=piece.first, keysets=keys)
            copy.submit([batch])[0].result()
            state, more = piece.state, piece.has_more
        for at in (0, 9_999, 20_000, 24_990):
            assert copy.engine.console.lines(run.id, at, 20) == source.engine.console.lines(run.id, at, 20)
        assert copy.engine.console.info(run.id) == source.engine.console.info(run.id)
        assert copy.engine.console.info(run.id).total == 25_001
