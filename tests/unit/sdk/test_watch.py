"""What is watched, written at each update."""

import gc
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gnomon
from gnomon.core.errors import InputError
from gnomon.sdk import watch
from gnomon.sdk.watch import STALE_AFTER


class Model:
    """A class whose instances a watcher would be asked about."""


class Recorder:
    """A watch of a model that writes down what it is told."""

    def __init__(self, run: gnomon.Run, model: object, name: str, **options: Any) -> None:
        self.run, self.name, self.options = run, name, options
        self._model = weakref.ref(model)
        self.told: list[Any] = []

    @property
    def model(self) -> object | None:
        return self._model()

    def update(self, step: int) -> None:
        self.told.append(step)

    def close(self) -> None:
        self.told.append("closed")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Recorder]:
    """Let `Model` be a model; give the watches made of it."""
    found: list[Recorder] = []

    def maker(run: gnomon.Run, model: object, name: str, **options: Any) -> Recorder:
        found.append(Recorder(run, model, name, **options))
        return found[-1]

    monkeypatch.setattr(watch, "watcher_of", lambda value: maker if isinstance(value, Model) else None)
    return found


def read(run: gnomon.Run) -> dict[str, Any]:
    """Return steps and values by key, and the last `watched` of the run."""
    run.finish()
    with gnomon.connect(home=run.home) as lab:
        found = lab.run(run.id)
        out: dict[str, Any] = {}
        for key, kind in found.keys().items():
            if kind == "scalar":
                points = found.series(key).numpy()
                out[key] = list(zip(points["step"].tolist(), points["value"].tolist(), strict=True))
            else:
                out[key] = [(r.step, r.value.tolist() if kind == "tensor" else r.value) for r in found.records(key)]
        return out | {"watched": found.meta.get("watched")}


def test_arrays_changed_in_place_are_written_as_they_are_at_each_update(home: Path) -> None:
    run, array, table = gnomon.init(strict=True), np.zeros(2), {"n": [1]}
    run.watch(array, "array")
    run.watch(table, "table")
    for i in range(2):
        array += i
        table["n"].append(i)
        run.update(epoch=0.5, samples=16 * i)
    array += 10
    assert read(run) == {
        "array": [(0, [0.0, 0.0]), (1, [1.0, 1.0])],
        "table": [(0, {"n": [1, 0]}), (1, {"n": [1, 0, 1]})],
        "epoch": [(0, 0.5), (1, 0.5)],
        "samples": [(0, 0.0), (1, 16.0)],
        "watched": None,
    }


def test_attributes_are_followed_through_objects_mappings_and_lists(home: Path) -> None:
    class Optimizer:
        groups = ({"lr": 0.5},)

    run, optimizer = gnomon.init(strict=True), Optimizer()
    run.watch(optimizer, "lr", attribute="groups.0.lr")
    run.update(step=3)
    optimizer.groups = ({"lr": 0.25},)
    run.update()
    assert read(run)["lr"] == [(3, 0.5), (4, 0.25)]


def test_every_skips_updates_and_the_counter_goes_on(home: Path) -> None:
    run = gnomon.init(strict=True)
    run.watch(lambda: 1, "often")
    run.watch(lambda: 2, "seldom", every=3)
    for _ in range(5):
        run.update()
    assert {key: [step for step, _ in points] for key, points in read(run).items() if key != "watched"} == {
        "often": [0, 1, 2, 3, 4],
        "seldom": [0, 3],
    }


def test_a_number_watched_by_value_is_pointed_out_once_at_its_second_update(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = gnomon.init(strict=True)
    run.watch(0.1, "lr")
    run.update()
    assert caplog.messages == []
    run.update()
    run.update()
    assert caplog.messages == [
        (
            "lr: the watched float 0.1 was copied when you called watch and can never change. "
            "Pass a callable: run.watch(lambda: …, 'lr')."
        )
    ]
    assert [value for _, value in read(run)["lr"]] == [0.1, 0.1, 0.1]


def test_a_number_watched_anew_at_each_step_is_followed_without_a_word(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = gnomon.init()
    for i in range(4):
        run.watch(float(i // 2), "loss")
        run.update()
    assert (caplog.messages, [value for _, value in read(run)["loss"]]) == ([], [0.0, 0.0, 1.0, 1.0])


@pytest.mark.parametrize(
    ("value", "change"),
    [
        (np.arange(3.0), lambda v: v.__setitem__(0, 9.0)),
        ([1, [2.0, "x"]], lambda v: v[1].append(3)),
        ({"a": np.zeros(1000)}, lambda v: v["a"].__setitem__(999, 1)),
    ],
    ids=["array", "list", "dict"],
)
def test_an_object_that_does_not_change_is_flagged_until_it_does(home: Path, value: Any, change: Any) -> None:
    run = gnomon.init(strict=True)
    run.watch(value, "frozen")
    run.watch(lambda: 1.0, "callable")
    for _ in range(STALE_AFTER):
        run.update()
    with gnomon.connect(home=home) as lab:
        assert "watched" not in lab.run(run.id).meta
    run.update()
    with gnomon.connect(home=home) as lab:
        assert lab.run(run.id).meta["watched"] == {"frozen": {"since_step": 0, "stale": True}}
    change(value)
    run.update()
    assert read(run)["watched"] == {"frozen": {"since_step": STALE_AFTER + 1, "stale": False}}


def test_what_is_not_a_number_is_not_equal_to_itself_and_yet_no_change(home: Path) -> None:
    assert watch.fingerprint([float("nan")]) == watch.fingerprint([float("nan")])
    assert watch.fingerprint(np.array([np.nan])) == watch.fingerprint(np.array([np.nan]))
    assert watch.fingerprint(object()) != watch.fingerprint(object())


def test_a_watched_object_is_kept_until_it_is_no_longer_watched(home: Path) -> None:
    class Holder:
        lr = 0.5

    run, holder = gnomon.init(strict=True), Holder()
    gone = weakref.ref(holder)
    run.watch(holder, "lr", attribute="lr")
    del holder
    gc.collect()
    run.update()
    run.unwatch("lr")
    gc.collect()
    assert (gone(), read(run)["lr"]) == (None, [(0, 0.5)])


def test_a_callable_that_raises_is_counted_said_once_and_costs_the_others_nothing(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run, calls = gnomon.init(), []

    def sometimes() -> float:
        calls.append(0)
        if len(calls) < 3:
            msg = "not yet"
            raise LookupError(msg)
        return 7.0

    run.watch(sometimes, "sometimes")
    run.watch(lambda: 1.0, "always")
    for _ in range(3):
        run.update()
    assert run.dropped == 2
    assert caplog.messages == ["sometimes: the watched callable raised LookupError: not yet. Mend it or unwatch it."]
    assert {k: v for k, v in read(run).items() if k != "watched"} == {
        "always": [(0, 1.0), (1, 1.0), (2, 1.0)],
        "sometimes": [(2, 7.0)],
    }


def test_strict_raises_what_a_callable_raised(home: Path) -> None:
    run = gnomon.init(strict=True)
    run.watch(lambda: 1 / 0, "broken")
    with pytest.raises(InputError, match="broken: the watched callable raised ZeroDivisionError") as caught:
        run.update()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (({}, None), "name: expected a name for dict, received none. Pass watch(value, 'name')."),
        ((lambda: 1, None), "name: expected a name for function, received none. Pass watch(value, 'name')."),
        ((1, ""), "name: expected at least one character, received ''."),
        ((1, "x", {"every": True}), "every: expected an integer of at least 1, received True. Pass every=10 "),
        ((1, "x", {"budget": 1}), "budget: expected only with a model, received with int."),
    ],
)
def test_wrong_arguments_are_said(home: Path, arguments: Any, message: str, caplog: pytest.LogCaptureFixture) -> None:
    value, name, *options = arguments
    run = gnomon.init()
    run.watch(value, name, **(options[0] if options else {}))
    run.update()
    assert [m[: len(message)] for m in caplog.messages] == [message]


def test_a_function_has_its_own_name(home: Path) -> None:
    def learning_rate() -> float:
        return 0.5

    run = gnomon.init(strict=True)
    run.watch(learning_rate)
    run.update()
    assert read(run)["learning_rate"] == [(0, 0.5)]


def test_models_are_told_of_updates_and_of_their_end(home: Path, made: list[Recorder]) -> None:
    run, one, two, three = gnomon.init(strict=True), Model(), Model(), Model()
    run.watch(one, budget=0.1)
    run.watch(two, every=4)
    run.watch(three, "third")
    run.update(step=5)
    run.unwatch(two)
    run.unwatch("third")
    run.update()
    del one
    gc.collect()
    run.update()
    run.finish()
    assert [(m.name, m.options, m.told) for m in made] == [
        ("model", {"every": None, "budget": 0.1}, [5, 6, 7, "closed"]),
        ("model-2", {"every": 4}, [5, "closed"]),
        ("third", {"every": None}, [5, "closed"]),
    ]


def test_an_attribute_of_a_model_is_a_value(home: Path, made: list[Recorder]) -> None:
    run, model = gnomon.init(strict=True), Model()
    model.temperature = 2.0  # type: ignore[attr-defined]
    run.watch(model, "temperature", attribute="temperature")
    run.update()
    assert (made, read(run)["temperature"]) == ([], [(0, 2.0)])


def test_watchers_are_found_by_the_packages_a_class_descends_from(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(watch, "_maker", asked.append)
    base = type("Base", (), {"__module__": "their.package"})
    assert watch.watcher_of(type("Net", (base,), {"__module__": "script"})()) is None
    assert (watch.watcher_of(1), watch.watcher_of(np.zeros(1)), asked) == (None, None, ["script", "their"])
    with pytest.raises(InputError, match="package: expected one that a watcher is installed for, received 'nothing'"):
        watch.watcher_named("nothing")


def test_the_current_run_is_meant_by_the_functions_of_the_package(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    gnomon.watch(lambda: 1, "early")
    assert caplog.messages == ["gnomon.watch: there is no current run. Call gnomon.init(project=...) first."]
    run = gnomon.init(strict=True)
    gnomon.watch(lambda: 1, "x")
    gnomon.watch(lambda: 2, "y")
    gnomon.unwatch("y")
    gnomon.update(step=4)
    assert read(run) == {"x": [(4, 1.0)], "watched": None}
