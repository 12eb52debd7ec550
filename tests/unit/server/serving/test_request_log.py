"""Which requests are logged, what is written of them, and that nobody waits for it."""

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.server.serving.made import linear

from gnomon.core.errors import InputError
from gnomon.models.registry.record import Port, Signature
from gnomon.server.serving.answers import Classified, Confidence, Labelled, Several, Value
from gnomon.server.serving.endpoint import Endpoint
from gnomon.server.serving.live import Results
from gnomon.server.serving.orders import LogSpec
from gnomon.server.serving.pace import Pace
from gnomon.server.serving.request_log import REQUEST, RequestLog, outputs_of
from gnomon.server.serving.seen import thumbnail
from gnomon.server.serving.status import Plan, Source

SIGNATURE = Signature((Port("x", (2,)),), (Port("y", (2,), "float32", "classification", ("no", "yes")),))
BODY = ("application/json", json.dumps({"inputs": [[1, 3], [1, 3]]}).encode())
ANSWER = Results([Value(1.0), Value(2.0)])


class Clock:
    """Seconds that pass when they are told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Run:
    """Keeps what is logged, once it may."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.may = threading.Event()
        self.is_over = False

    def log(self, values: dict[str, Any]) -> None:
        self.may.wait(60)
        self.rows.append(values)

    def finish(self) -> None:
        self.is_over = True


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    place = linear(tmp_path / "m.onnx", (2,), 2, 1)
    return Plan(Source("m@1", "1", "onnx", str(tmp_path), str(place), SIGNATURE))


def test_so_many_a_minute_are_written_and_no_answer_waits_for_them(plan: Plan) -> None:
    live, run, clock, begun = Endpoint("m", plan).model, Run(), Clock(), []

    def begin(version: str) -> Run:
        begun.append(version)
        return run

    log = RequestLog(LogSpec(1.0, 60), begin, clock)
    for _ in range(10):  # ten at once, of which one may be written
        log.offer(live, BODY, ANSWER, 0.002)
    for _ in range(40):  # the run hangs: what does not fit is left out, and this thread goes on
        clock.now += 1
        log.offer(live, BODY, ANSWER, 0.002)
    assert log.dropped >= 7
    run.may.set()
    log.close(60)
    assert (begun, len(run.rows) + log.dropped, run.is_over) == (["m@1"], 41, True)
    row = run.rows[0]
    plain = json.loads(row[REQUEST].text)
    assert plain == {"in": {"x mean": 2.0, "x spread": 1.0}, "out": {"value": row["output/value"]}, "ms": 2.0}
    assert (row["input/x mean"], row["latency_ms"], row["output/value"] in (1.0, 2.0)) == (2.0, 2.0, True)


def test_a_share_of_nothing_and_none_a_minute_log_nothing(plan: Plan) -> None:
    live, clock = Endpoint("m", plan).model, Clock()
    for spec in (LogSpec(0.0, 60), LogSpec(1.0, 0)):
        log = RequestLog(spec, lambda _: pytest.fail("nothing is to be written"), clock)
        clock.now += 600
        log.offer(live, BODY, ANSWER, 0.1)
        log.close()


def test_the_first_of_many_that_cannot_be_logged_is_told_with_the_reason(plan: Plan) -> None:
    live, said = Endpoint("m", plan).model, []

    def begin(version: str) -> Run:
        msg = f"no room for {version}"
        raise OSError(msg)

    clock = Clock()
    log = RequestLog(LogSpec(1.0, 60), begin, clock, said.append)
    for _ in range(3):
        clock.now += 1
        log.offer(live, BODY, ANSWER, 0.002)
    log.close(60)
    assert (log.lost, said) == (3, ["Not logged (1 requests by now): OSError: no room for m@1"])


def test_refusals_are_told_a_few_at_a_time_with_how_many_were_not() -> None:
    clock, said = Clock(), []
    log = RequestLog(LogSpec(), lambda _: Run(), clock, said.append)
    for _ in range(5):
        log.refused(InputError("x: expected 2\nin each row.", field="x"))
    clock.now += 2
    log.refused(ValueError("of ours"))
    assert said == [
        "Refused: x: expected 2 in each row.",
        "Refused: ValueError: of ours (4 others were refused since the last line)",
    ]


def test_outputs_are_named_by_what_they_are() -> None:
    sure = [Confidence("yes", 0.9), Confidence("no", 0.1)]
    assert outputs_of(Classified("yes", sure)) == {"label": "yes", "confidence": 0.9}
    assert outputs_of(Labelled(["yes"], sure)) == {"yes confidence": 0.9, "no confidence": 0.1}
    assert outputs_of(Value([[0.25]])) == {"value": 0.25}
    assert outputs_of(Value([1, 2])) == {}
    assert outputs_of(Several({"a": Value(1.5), "b": Classified("no", sure[1:])})) == {
        "a value": 1.5,
        "b label": "no",
        "b confidence": 0.1,
    }


def test_pictures_are_made_small_and_other_arrays_are_none() -> None:
    grey = np.tile(np.arange(128, dtype=np.float32) / 127, (100, 1))
    small = thumbnail(grey)
    assert small is not None
    assert (small.shape, small.dtype, small.min(), small.max()) == ((50, 64), np.uint8, 0, 255)
    assert thumbnail(np.full((8, 8, 1), 16, np.uint8), 16.0) is not None
    assert (thumbnail(np.zeros(4)), thumbnail(np.zeros((4, 4, 7)))) == (None, None)


def test_the_pace_knows_the_last_minute_and_the_last_thousand() -> None:
    clock = Clock()
    pace = Pace(clock)
    assert (pace.within_ms(0.5), pace.rate) == (None, 0.0)
    for i in range(20):
        pace.add(0.001 * (i + 1))
        clock.now += 1
    assert (pace.rate, sum(pace.recent()), pace.recent()[-2:]) == (1.0, 20, [1, 0])
    assert (pace.within_ms(0.5), pace.within_ms(0.95)) == (pytest.approx(11), pytest.approx(20))
    clock.now += 1_000
    assert pace.recent() == [0] * 60
