"""What a run writes, read back from its journal."""

import argparse
import copy
import dataclasses
import errno
import io
import json
import logging
import math
import os
import pickle
import sys
import threading
import warnings
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gnomon
from gnomon.core import journal
from gnomon.core.batch import Change, Frame, Object, Rewind, decode_batch
from gnomon.core.errors import InputError, LimitError, StoreError
from gnomon.core.folder import Listing, journal_root
from gnomon.store.home import Home


def records(home: Path) -> list[journal.Record]:
    """Return every record under `home`, writer by writer in the order in which they were opened."""
    found = [list(journal.read(file.path.read_bytes())) for file in Listing(journal_root(home)).refresh()]
    return [r for opened in sorted(found, key=lambda rs: rs[0].fields[0]["us"]) for r in opened]


def items(home: Path) -> list[Any]:
    """Return what happened, as the store is told, writer by writer."""
    files = sorted(Listing(journal_root(home)).refresh(), key=lambda f: journal.read_open(f.path).us)  # type: ignore[union-attr]
    decoded = [decode_batch(f.path.read_bytes(), run=f.run, writer=f.writer, offset=0, keysets={}).items for f in files]
    return [item for batch in decoded for item in batch]


def points(home: Path) -> dict[str, list[tuple[int, float]]]:
    """Return step and value by key."""
    found: dict[str, list[tuple[int, float]]] = {}
    for frame in items(home):
        if isinstance(frame, Frame):
            for key, row in zip(frame.keys, frame.values.tolist(), strict=True):
                found.setdefault(key, []).extend(zip(frame.step.tolist(), row, strict=True))
    return found


def changes(home: Path) -> list[dict[str, Any]]:
    return [item.fields for item in items(home) if isinstance(item, Change)]


def test_a_run_is_a_journal_from_open_to_close(home: Path) -> None:
    times = iter(range(1_000_000, 2_000_000, 10))
    with gnomon.init("digits", "brave-otter-7", {"lr": 0.1}, "sweep", ["a"], "try", clock=lambda: next(times)) as run:
        run.log({"loss": 0.5}, step=3)
    first, keys, scalars, close = records(home)
    assert {k: v for k, v in first.fields[0].items() if k not in ("writer", "host", "pid", "started")} == {
        "run": run.id,
        "project": "digits",
        "name": "brave-otter-7",
        "us": 1_000_010,
        "config": {"lr": 0.1},
        "tags": ["a"],
        "notes": "try",
        "group": "sweep",
    }
    assert first.fields[0]["pid"] == os.getpid()
    assert [keys.fields, close.tag, close.fields[1:]] == [[0, ["loss"]], journal.CLOSE, ["finished", None]]
    assert scalars.fields == [0, journal.Layout(0, 1).pack(b"", 3, 1_000_020, 0.5)[-24:]]


def test_journals_and_their_folders_are_for_their_owner_only(home: Path) -> None:
    gnomon.init(url="http://127.0.0.1:9").finish()
    modes = {str(p.relative_to(home).suffix): oct(p.stat().st_mode & 0o777) for p in [home, *home.rglob("*")]}
    assert modes == {"": "0o700", ".j": "0o600", ".to": "0o600"}


def test_a_token_is_beside_the_journal_and_never_in_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_TOKEN", "s3cret")
    run = gnomon.init(url="http://127.0.0.1:9/")
    run.finish()
    [to] = home.rglob("*.to")
    [written] = home.rglob("*.j")
    assert json.loads(to.read_bytes()) == {"url": "http://127.0.0.1:9", "token": "s3cret"}
    assert b"s3cret" not in written.read_bytes()
    assert run.url == f"http://127.0.0.1:9/p/default/r/{run.id}"


def test_each_call_without_a_step_is_one_after_the_last(home: Path) -> None:
    run = gnomon.init()
    for step in (None, None, 10, None, 4, None):
        run.log({"x": 1.0}, step=step)
    assert [step for step, _ in points(home)["x"]] == [0, 1, 10, 11, 4, 5]


def test_epoch_and_samples_are_series_that_share_the_axis(home: Path) -> None:
    run = gnomon.init()
    run.log({"loss": 1.0}, step=5, epoch=0, samples=640)
    run.log({"loss": 0.5}, step=6, epoch=0.5, samples=1280)
    assert points(home) == {
        "loss": [(5, 1.0), (6, 0.5)],
        "epoch": [(5, 0.0), (6, 0.5)],
        "samples": [(5, 640), (6, 1280)],
    }


class Scalar:
    """What a framework's scalar looks like to us: something with `__float__`."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __float__(self) -> float:
        return self.value


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1.0), (True, 1.0), (np.float32(0.5), 0.5), (np.int64(-3), -3.0), (np.bool_(1), 1.0), (np.array(2.5), 2.5),
        (np.array([2.5]), 2.5), (np.array([[7]]), 7.0), (Scalar(0.25), 0.25), (Fraction(1, 4), 0.25),
        (math.inf, math.inf), (-math.inf, -math.inf),
    ],
)  # fmt: skip
def test_whatever_is_one_number_becomes_a_point(value: object, number: float, home: Path) -> None:
    run = gnomon.init()
    for _ in range(2):  # patiently the first time, quickly the second
        run.log({"x": value, "y": 1})
    assert points(home)["x"] == [(0, number), (1, number)]
    assert run.dropped == 0


def test_nan_is_kept(home: Path) -> None:
    gnomon.init().log({"x": math.nan})
    assert math.isnan(points(home)["x"][0][1])


def test_values_are_copied_not_kept(home: Path) -> None:
    run, value = gnomon.init(), np.array(1.0)
    run.log({"x": value})
    value[...] = 2.0
    run.log({"x": value})
    assert points(home) == {"x": [(0, 1.0), (1, 2.0)]}
    assert sys.getrefcount(value) == 2


def test_text_lists_dicts_and_none_are_records_beside_the_numbers_of_the_call(home: Path) -> None:
    run = gnomon.init()
    run.log({"loss": 1, "note": "héllo \ud800", "list": [1, math.nan], "map": {"a": (1, {2})}, "none": None}, step=4)
    found = [(o.key, o.kind, o.step, o.data) for o in items(home) if isinstance(o, Object)]
    assert found == [
        ("note", "text", 4, "héllo ?".encode()),
        ("list", "json", 4, b'[1,"NaN"]'),
        ("map", "json", 4, b'{"a":[1,[2]]}'),
        ("none", "json", 4, b"null"),
    ]
    assert points(home) == {"loss": [(4, 1.0)]}


def test_what_cannot_be_written_is_counted_and_said_once_per_key(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = gnomon.init()
    for _ in range(3):
        run.log({"loss": 1.0, "what": object(), "names": np.ma.masked_array([1, 2], [0, 1]), "z": (i for i in "ab")})
    run.finish()
    remedy = (
        "Log a number, text, an array, a list or a dict of it, wrap it (gnomon.Image, gnomon.Table, gnomon.File …), "
        "or gnomon.register its class."
    )
    assert caplog.messages == [
        f"what: no record type takes builtins.object. {remedy}",
        ("names: Tensor.array: int64 has no NaN to stand for masked values. Log .astype(float), or .filled(…) of it."),
        f"z: no record type takes builtins.generator. {remedy}",
    ]
    assert sum(change.get("dropped", 0) for change in changes(home)) == run.dropped == 9
    assert points(home) == {"loss": [(0, 1.0), (1, 1.0), (2, 1.0)]}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda run: run.log({"x": 1}, step=-1), "step: expected 0 to 2^53 - 1, received -1"),
        (lambda run: run.log({"x": 1}, step=2**63), "step: expected 0 to 2^53 - 1, received 9223372036854775808"),
        (lambda run: run.log({"x": 1}, step="3"), "step: expected an integer, received str '3'"),
        (lambda run: run.log(3), "values: expected a mapping of keys to values, received int"),
        (lambda run: run.log(None, epoch=1), "values: expected a mapping"),
        (lambda run: run.log({"": 1}), "key: expected at least one character"),
        (lambda run: run.log({3: 1}), "key: expected text, received int"),
        (lambda run: run.log({"a\nb": 1}), "key: control characters"),
        (lambda run: run.log({"k" * 600: 1}), "key: expected at most 512 characters, received 600"),
        (lambda run: run.log({"x": 10**400}), "x: expected a number that fits a double, received one of 1329 bits"),
        (lambda run: run.log({"x": [np.zeros(2)] * 1001}), "x: expected at most 1,000 arrays in one value"),
        (
            lambda run: run.log({"t": gnomon.Table({f"{i:0120}": [1] for i in range(5_000)})}),
            "t: meta: expected at most 512 KiB, received 688 in columns",
        ),
        (lambda run: run.rewind(-2), "step: expected 0"),
        (lambda run: run.define("x", goal="up"), "goal: expected one of max, min, received 'up'"),
        (lambda run: run.watch(1, ""), "name: expected at least one character"),
        (lambda run: run.finish("done"), "state: expected one of finished, stopped, failed, killed, received 'done'"),
    ],
)
def test_bad_input_is_told_by_name_never_raised_and_harms_nothing(
    call: Callable[[gnomon.Run], None], message: str, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = gnomon.init()
    run.log({"x": 0.5})
    for _ in range(2):
        call(run)
    [said] = caplog.messages
    assert said.startswith(message)
    assert points(home)["x"][0] == (0, 0.5)
    strict = gnomon.init(strict=True)
    with pytest.raises((InputError, LimitError, StoreError)):
        call(strict)


def test_a_finished_run_says_so_and_how_to_go_on(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = gnomon.init()
    run.finish()
    run.finish()
    run.log({"x": 1})
    assert caplog.messages == [f"log: run {run.name} is finished. Call gnomon.init(resume={run.id!r}) to go on."]
    assert [r.tag for r in records(home)] == [journal.OPEN, journal.CLOSE]


def test_the_config_holds_anything_as_plain_data_and_records_what_is_set(home: Path) -> None:
    @dataclasses.dataclass
    class Optimizer:
        lr: float
        path: Path

    run = gnomon.init(config=argparse.Namespace(opt=Optimizer(0.1, Path("/data")), n=np.int32(3), f=len))
    assert dict(run.config) == {"opt": {"lr": 0.1, "path": "/data"}, "n": 3, "f": "builtins.len"}
    run.config["depth"] = np.float64(2)
    run.config.update({"a": 1}, b=(2,))
    del run.config["n"]
    assert changes(home) == [
        {"config": {"depth": 2.0}}, {"config": {"a": 1, "b": [2]}}, {"config": {"n": None}},
    ]  # fmt: skip
    assert dict(run.config) == {
        "opt": {"lr": 0.1, "path": "/data"},
        "f": "builtins.len",
        "depth": 2.0,
        "a": 1,
        "b": [2],
    }


def test_the_summary_is_the_last_value_of_every_series_and_what_is_set(home: Path) -> None:
    run = gnomon.init()
    run.log({"loss": 1.0, "acc": 0.1})
    run.log({"loss": 0.5})
    run.summary["best"] = np.float32(0.5)
    assert dict(run.summary) == {"loss": 0.5, "acc": 0.1, "best": 0.5}
    assert changes(home) == [{"summary": {"best": 0.5}}]


def test_tags_are_added_and_recorded_once(home: Path) -> None:
    run = gnomon.init(tags="solo")
    run.tags.add("best", "solo")
    run.tags = ["best", "final"]
    assert (list(run.tags), "best" in run.tags) == (["solo", "best", "final"], True)
    assert changes(home) == [{"tags": ["best"]}, {"tags": ["final"]}]


def test_update_writes_what_is_watched_as_it_is_then(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    run, rate, kept = gnomon.init(), [0.1], {"n": 1}
    run.watch(lambda: rate[0], "lr")
    run.watch(kept, "kept")
    run.watch(lambda: 1 / 0, "broken")
    run.update(epoch=1, step=40)
    rate[0], kept["n"] = 0.05, 2
    run.unwatch("broken")
    run.update(step=80)
    assert points(home) == {"lr": [(40, 0.1), (80, 0.05)], "epoch": [(40, 1.0)]}
    assert [o.data for o in items(home) if isinstance(o, Object)] == [b'{"n":1}', b'{"n":2}']
    assert caplog.messages == [
        "broken: the watched callable raised ZeroDivisionError: division by zero. Mend it or unwatch it."
    ]


def test_rewind_goes_on_at_its_step(home: Path) -> None:
    run = gnomon.init()
    for _ in range(3):
        run.log({"x": 1})
    run.rewind(1)
    run.log({"x": 2})
    assert [(i.step if isinstance(i, Rewind) else i.step.tolist()) for i in items(home)] == [[0, 1, 2], 1, [1]]


def test_define_records_only_what_is_said(home: Path) -> None:
    gnomon.init().define("val/*", step="epoch", goal="max")
    assert changes(home) == [{"define": {"val/*": {"step": "epoch", "goal": "max"}}}]


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        (None, ("finished", None)),
        (ValueError("no data"), ("failed", "ValueError: no data")),
        (KeyboardInterrupt(), ("killed", "KeyboardInterrupt")),
        (SystemExit(0), ("finished", None)),
        (SystemExit(3), ("failed", "SystemExit: 3")),
    ],
)
def test_leaving_the_context_says_how_it_went(error: BaseException | None, ending: tuple[str, str], home: Path) -> None:
    def train() -> None:
        with gnomon.init():
            if error is not None:
                raise error

    if error is None:
        train()
    else:
        with pytest.raises(type(error)):
            train()
    assert tuple(records(home)[-1].fields[1:]) == ending


def test_what_a_job_is_told_to_end_is_stopped_without_an_error(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNOMON_JOB", "j1")
    with pytest.raises(KeyboardInterrupt), gnomon.init():
        raise KeyboardInterrupt
    assert records(home)[-1].fields[1:] == ["stopped", None]


def test_keys_in_ever_new_company_are_written_one_by_one_in_the_end(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gnomon.sdk.writer._MAX_SETS", 3)
    run = gnomon.init()
    for i in range(6):
        run.log({"always": i, f"k{i}": i})
    assert points(home)["always"] == [(i, float(i)) for i in range(6)]
    assert {k: v for k, v in points(home).items() if k != "always"} == {f"k{i}": [(i, float(i))] for i in range(6)}
    assert [len(r.fields[1]) for r in records(home) if r.tag == journal.KEYS] == [2, 2, 2, 1, 1, 1, 1]


class Loss:
    """A tensor with a gradient as torch 2.13 makes it: turned into a number it warns, once in a process."""

    requires_grad = True
    has_warned = False

    def item(self) -> float:
        return 0.5

    def __float__(self) -> float:
        if not Loss.has_warned:
            Loss.has_warned = True
            warnings.warn("Converting a tensor with requires_grad=True to a scalar", UserWarning, stacklevel=2)
        return 0.5


def test_a_loss_with_a_gradient_is_logged_without_a_warning(home: Path) -> None:
    run = gnomon.init(strict=True)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for _ in range(3):
            run.log({"loss": Loss()})
    assert (points(home), said) == ({"loss": [(0, 0.5), (1, 0.5), (2, 0.5)]}, [])
    assert Loss.has_warned


def test_more_keys_than_a_record_may_have_are_split(home: Path) -> None:
    gnomon.init().log({f"k{i}": i for i in range(20_001)})
    assert [len(frame.keys) for frame in items(home)] == [20_000, 1]


def test_many_threads_log_at_once_and_every_call_is_there(home: Path) -> None:
    run = gnomon.init()

    def work(thread: int) -> None:
        for i in range(500):
            run.log({"shared": thread, f"own/{thread}": i}, step=i)
            run.log({"counted": 1})

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = points(home)
    assert {key: len(found[key]) for key in found} == {"shared": 4000, "counted": 4000} | {
        f"own/{n}": 500 for n in range(8)
    }
    for n in range(8):
        assert found[f"own/{n}"] == [(i, float(i)) for i in range(500)]


def test_a_call_inside_a_call_by_a_value_of_its_own_does_not_deadlock(home: Path) -> None:
    run = gnomon.init()

    class Chatty(Scalar):
        def __float__(self) -> float:
            run.log({"inner": 1.0}, step=0)
            return self.value

    for _ in range(2):
        run.log({"outer": Chatty(2.0)}, step=0)
    assert points(home) == {"inner": [(0, 1.0), (0, 1.0)], "outer": [(0, 2.0), (0, 2.0)]}


def test_time_that_runs_backwards_is_kept_as_it_was_told_and_breaks_nothing(home: Path) -> None:
    times = iter([100, 100, 90, 20, 50, 1, 1])
    run = gnomon.init(clock=lambda: next(times))
    for _ in range(3):
        run.log({"x": 1.0})
    run.finish()
    close, *frames = items(home)
    assert [(f.step.tolist(), f.us.tolist()) for f in frames] == [([0, 1, 2], [90, 20, 50])]
    assert close == Change(100, {"state": "finished", "error": None})
    with Home.open(home) as lab:
        assert lab.drain()
        assert (lab.engine.run(run.id).state, lab.engine.points(run.id, "x").us.tolist()) == ("finished", [90, 20, 50])


def test_the_module_logs_into_the_run_begun_last(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    gnomon.log({"x": 1})
    gnomon.finish()
    outer, inner = gnomon.init(name="outer"), gnomon.init(name="inner")
    assert gnomon.current() is inner
    gnomon.log({"x": 1}, step=7)
    gnomon.finish()
    assert gnomon.current() is outer
    outer.watch(lambda: 2, "y")
    gnomon.update(step=8)
    gnomon.finish("failed")
    assert (gnomon.current(), points(home)) == (None, {"x": [(7, 1.0)], "y": [(8, 2.0)]})
    assert caplog.messages == ["gnomon.log: there is no current run. Call gnomon.init(project=...) first."]


def test_a_disabled_run_takes_everything_and_writes_nothing(home: Path) -> None:
    with gnomon.init(config={"lr": 1}, mode="disabled") as run:
        run.log({"x": 1})
        run.config["a"] = 1
        run.rewind(0)
        run.tags.add("t")
    assert (home.exists(), run.config["lr"], run.dropped) == (False, 1, 0)


def test_a_home_that_cannot_be_written_costs_one_warning_and_no_exception(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home.parent.mkdir(exist_ok=True)
    home.write_text("a file where a folder should be")
    run = gnomon.init(config={"lr": 0.1})
    for _ in range(3):
        run.log({"x": 1, "note": "hi"})
    run.config["a"] = 1
    run.finish()
    [said] = caplog.messages
    assert said.startswith(
        f"gnomon cannot write to {home / 'journal'}: expected a writable folder, received: Not a directory."
    )
    assert run.dropped == 6
    with pytest.raises(StoreError):
        gnomon.init(strict=True)


def test_a_pickled_run_is_itself_at_home_and_survives_a_copy() -> None:
    run = gnomon.init()
    assert pickle.loads(pickle.dumps(run)) is run
    assert copy.deepcopy({"run": run})["run"] is run


def test_a_warning_reaches_stderr_when_nobody_configured_logging(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setattr(logging.getLogger("gnomon"), "propagate", False)
    gnomon.init().log({"x": 1}, step=-1)
    assert stderr.getvalue() == "step: expected 0 to 2^53 - 1, received -1. Count steps from 0.\n"


def test_a_short_write_leaves_no_trace_and_logging_goes_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = gnomon.init()
    run.log({"x": 0.0})
    real, full = os.write, [True]

    def write(descriptor: int, data: bytes) -> int:
        if descriptor == run._writer.fd and full[0]:
            if len(data) < 30:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(descriptor, data[: len(data) - 20])
        return real(descriptor, data)

    monkeypatch.setattr("gnomon.sdk.writer.os.write", write)
    monkeypatch.setattr("gnomon.sdk.run.write", write)
    for i in range(3):
        run.log({"x": float(i)})
    full[0] = False
    run.log({"x": 9.0}, step=9)
    run.finish()
    assert points(home) == {"x": [(0, 0.0), (9, 9.0)]}
    assert changes(home) == [
        {"dropped": 3, "dropped_cause": "No space left on device"},
        {"state": "finished", "error": None},
    ]


def test_a_file_that_cannot_be_mended_is_left_and_another_begun(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gnomon.sdk.writer._AGAIN_S", 0.0)
    run = gnomon.init()
    run.log({"x": 0.0})
    real, failures = os.write, [errno.EFBIG]

    def write(descriptor: int, data: bytes) -> int:
        if failures:
            raise OSError(failures.pop(), os.strerror(errno.EFBIG))
        return real(descriptor, data)

    monkeypatch.setattr("gnomon.sdk.writer.os.write", write)
    monkeypatch.setattr("gnomon.sdk.run.write", write)
    run.log({"x": 1.0})
    run.log({"x": 2.0})
    run.finish()
    assert [r.tag for r in records(home)] == [
        journal.OPEN, journal.KEYS, journal.SCALARS,
        journal.OPEN, journal.KEYS, journal.DROPPED, journal.SCALARS, journal.CLOSE,
    ]  # fmt: skip
    assert points(home) == {"x": [(0, 0.0), (2, 2.0)]}
    assert [opened.fields[0].get("resumed", False) for opened in records(home) if opened.tag == journal.OPEN] == [
        False,
        True,
    ]
