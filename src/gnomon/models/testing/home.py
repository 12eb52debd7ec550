"""Tests of a home's models from Python and from the terminal: made by its server while there is one, otherwise here."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import quote

import msgspec

from gnomon.core.errors import GnomonError, InputError
from gnomon.models.datasets.registry import DatasetSpec, read_ref
from gnomon.models.datasets.versions import Versions
from gnomon.models.reached import reached
from gnomon.models.registry import files
from gnomon.models.registry.record import check_name, judged
from gnomon.models.registry.record import read_ref as read_model
from gnomon.models.registry.registry import Registry
from gnomon.models.testing import service
from gnomon.models.testing.keep import Wanted, exported, keep, own_data, planned
from gnomon.models.testing.report import KINDS, TestReport
from gnomon.sdk.lab_remote import refuse
from gnomon.sdk.link import Link
from gnomon.store.home import Home

Say = Callable[[float, str], None]
_PATIENT_S: Final = 3600.0
_LOOK_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a test.

    Args:
        ref: `name@3`.
        test: What the test is called.
        figures: As gates and leaderboards name them; `None` of one that is not finite.
        report: Everything else.
    """

    ref: str
    test: str
    figures: dict[str, float | None]
    report: TestReport

    @property
    def output(self) -> Any:
        """What was found at the only output, or the first."""
        return self.report.outputs[0]


@dataclass(frozen=True, slots=True)
class Passed:
    """How a version stands before a gate: `alias` is what the gate stands before, `text` the gate in words."""

    alias: str
    text: str
    passed: bool
    figure: float | None
    why: str


class Tester(Protocol):
    """The tests of a home."""

    def make(self, name: str, ref: str, asked: Mapping[str, Any], say: Say) -> Outcome:
        """Make a test."""
        ...

    def listed(self, name: str, ref: str) -> list[Outcome]:
        """Return the tests of a version, newest first."""
        ...

    def gates(self, name: str, ref: str) -> list[Passed]:
        """Return how a version stands before the gates of its model."""
        ...


class LocalTests:
    """Tests of a home that this process has open."""

    def __init__(self, home: Home) -> None:
        self._home, self._models = home, Registry(home.documents, home.path)

    def make(self, name: str, ref: str, asked: Mapping[str, Any], say: Say) -> Outcome:
        version = self._models.version(name, ref)
        files.verify(self._home.path, name, version.number, version.files)
        own = own_data(self._home.path, name, version)
        spec = self._spec(asked["dataset"], own, needed=asked["test"] != "latency")
        wanted = Wanted(**{key: value for key, value in asked.items() if key not in ("dataset", "tell_run")})
        test, params = planned(self._home.path, (name, version), spec, own, wanted)
        params["exports"] = exported(self._home, name, version) if wanted.test == "latency" else {}
        made = service.run(params, say)
        if not asked["tell_run"]:
            made["told"] = {}
        return _outcome(keep(self._home, self._models, (name, version), test, made).body)

    def listed(self, name: str, ref: str) -> list[Outcome]:
        return [_outcome(each.body) for each in self._models.tests(name, ref) if "kind" in each.body["report"]]

    def gates(self, name: str, ref: str) -> list[Passed]:
        model = self._models.get(name).model
        found = judged(model, ref, self._models.figures(name))
        return [Passed(each.gate.alias, each.gate.text, each.passed, each.figure, each.why) for each in found]

    def _spec(self, ref: str | None, own: DatasetSpec | None, *, needed: bool) -> DatasetSpec | None:
        if ref is not None:
            return Versions(self._home.documents, self._home.path).get(read_ref(ref)).spec
        if own is None and needed:
            msg = "dataset: this version does not say what data it was trained on. Name one: gnomon data ls."
            raise InputError(msg, field="dataset")
        return own


class RemoteTests:
    """Tests of a server."""

    def __init__(self, url: str, token: str | None) -> None:
        self._url, self._token = url, token
        self._link = Link(url, token, timeout_s=_PATIENT_S)

    def make(self, name: str, ref: str, asked: Mapping[str, Any], say: Say) -> Outcome:
        way = f"{_way(name)}/versions/{quote(ref)}/tests"
        done = threading.Event()
        looking = threading.Thread(target=self._look, args=(way, done, say), daemon=True)
        looking.start()
        try:
            row = self._ask("POST", way, {key: value for key, value in asked.items() if value is not None})
        finally:
            done.set()
            looking.join()
        return _outcome({**row, "model": name})

    def listed(self, name: str, ref: str) -> list[Outcome]:
        rows = self._ask("GET", f"{_way(name)}/versions/{quote(ref)}/tests")["tests"]
        return [_outcome({**row, "model": name}) for row in rows]

    def gates(self, name: str, ref: str) -> list[Passed]:
        number = self._ask("GET", f"{_way(name)}/versions/{quote(ref)}")["number"]
        rows = [row for row in self._ask("GET", _way(name))["judgements"] if row["version"] == number]
        return [Passed(row["gate"]["alias"], row["text"], row["passed"], row["figure"], row["why"]) for row in rows]

    def close(self) -> None:
        """Close the connection."""
        self._link.close()

    def _look(self, way: str, done: threading.Event, say: Say) -> None:
        """Ask the server how far it is, on a connection of its own, until it has answered."""
        link = Link(self._url, self._token)
        try:
            while not done.wait(_LOOK_S):
                status, found = link.call("GET", way)
                for each in found.get("running", ()) if status < 300 else ():
                    say(each["progress"], each["text"])
        except GnomonError:
            return  # whoever waits for the answer is told what is wrong
        finally:
            link.close()

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        status, found = self._link.call(method, path, body)
        if status >= 300:
            refuse(status, found)
        return found


@contextmanager
def opened_tests(home: str | Path | None = None) -> Iterator[Tester]:
    """Yield the tests of a home: through the server of `GNOMON_URL` or of the folder, or made by this process.

    Raises:
        LockedError: Another process has the folder open and serves nothing.
        UnavailableError: The server does not answer.
    """
    with reached(home, lambda url, settings: RemoteTests(url, settings.token), LocalTests) as found:
        yield found


def run(
    ref: str,
    test: str = "test",
    *,
    dataset: str | None = None,
    part: str | None = None,
    rows: int | None = None,
    name: str | None = None,
    inputs: Mapping[str, str | Sequence[str]] | None = None,
    outputs: Mapping[str, str | Sequence[str]] | None = None,
    seed: int = 0,
    tell_run: bool = True,
    home: str | Path | None = None,
    say: Say | None = None,
) -> Outcome:
    """Test a version, and keep the outcome with it.

    Args:
        ref: `name`, `name@3`, `name@champion` or `name@<digest>`.
        test: `test`: figures over rows; `robustness`: the same on inputs that are harmed; `latency`.
        dataset: What it is judged by, `name` or `name@3`; the data it was trained on unless told.
        part: Of the data; `test` where there is one, else `validation`, else `train`, unless told.
        rows: At most so many, evenly spaced; all unless told, of robustness 500.
        name: What the test is called; `test` for the whole test part of the version's own data.
        inputs: Which columns each input takes, where that is not plain.
        outputs: Which column each output predicts, likewise.
        seed: Of what is drawn.
        tell_run: Whether the run that the version came from gets the figures as an evaluation.
        home: The home folder; that of the environment unless told.
        say: Called with how far it is, 0 to 1, and a few words.

    Raises:
        NotFoundError: There is no such version or data set.
        InputError: The version cannot be tested so; the message says why, and at which row it fails.
        CorruptError: Its files are not what they were.
        MissingExtraError: A package is not installed.
    """
    model, which = read_model(ref)
    if test not in KINDS:
        msg = f"test: expected one of {', '.join(KINDS)}, received {test!r:.40}."
        raise InputError(msg, field="test")
    asked = {
        "test": test,
        "dataset": dataset,
        "part": part,
        "rows": rows,
        "name": name,
        "inputs": dict(inputs or {}),
        "outputs": dict(outputs or {}),
        "seed": seed,
        "tell_run": tell_run,
    }
    with opened_tests(home) as found:
        return found.make(model, which, asked, say or (lambda _, __: None))


def listed(ref: str, home: str | Path | None = None) -> list[Outcome]:
    """Return the newest outcome of each test of a version, newest first.

    Raises:
        NotFoundError: There is no such version.
    """
    name, which = read_model(ref)
    with opened_tests(home) as found:
        return found.listed(name, which)


def gates(ref: str, home: str | Path | None = None) -> list[Passed]:
    """Return how a version stands before the gates of its model.

    Raises:
        NotFoundError: There is no such version.
    """
    name, which = read_model(ref)
    with opened_tests(home) as found:
        return found.gates(name, which)


def _outcome(body: Mapping[str, Any]) -> Outcome:
    report = msgspec.convert(body["report"], TestReport)
    return Outcome(f"{body['model']}@{body['version']}", body["test"], dict(body["figures"]), report)


def _way(name: str) -> str:
    return f"/api/v1/models/{quote(check_name(name))}"
