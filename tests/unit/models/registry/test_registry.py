"""Models, their versions, files, aliases and gates, on both engines."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gnomon.core.errors import ConflictError, CorruptError, GnomonError, InputError, LimitError, NotFoundError
from gnomon.models.registry.compare import FieldPair, FigurePair, compare
from gnomon.models.registry.record import Gate, Lineage, Model, Port, Signature, TrainedGraph, judged
from gnomon.models.registry.registry import Given, Registry
from gnomon.store.documents import Documents
from gnomon.store.home import Home
from gnomon.store.memory import MemoryEngine


@pytest.fixture(params=["sqlite", "memory"])
def documents(request: pytest.FixtureRequest, home: Path) -> Iterator[Documents]:
    home.mkdir(parents=True)
    with Home.open(home) if request.param == "sqlite" else Home(home, MemoryEngine()) as lab:
        yield lab.documents


@pytest.fixture
def registry(documents: Documents, home: Path) -> Registry:
    moments = count(1_000_000)
    return Registry(documents, home, lambda: next(moments))


def _given(data: bytes = b"weights", **more: Any) -> Given:
    return Given("mlp", {"model.npz": data, "code/model.py": b"pass\n"}, **more)


def test_a_version_keeps_what_it_was_made_of(registry: Registry, home: Path, tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"weights")
    lineage = Lineage("digits", "run1", "brave-otter-7", 40, graph=TrainedGraph("g", 3), data={"train": "digits@1"})
    signature = Signature((Port("image", (8, 8, 1)),), (Port("label", (10,), classes=("0", "1")),))
    given = Given(
        "mlp",
        {"model.npz": tmp_path / "weights", "code/model.py": b"pass\n"},
        lineage,
        signature,
        {"test/accuracy": 0.9},
        "first",
        "ada",
    )
    made = registry.add("digits", given)
    assert registry.version("digits") == made == registry.version("digits", 1) == registry.version("digits", "1")
    assert registry.version("digits", made.digest[:8]) == made
    assert [(file.path, file.size_bytes) for file in made.files] == [("code/model.py", 5), ("model.npz", 7)]
    assert (made.number, made.lineage, made.signature, made.note, made.by) == (1, lineage, signature, "first", "ada")
    assert registry.file("digits", "latest", "model.npz").read_bytes() == b"weights"
    assert (home / "models/digits/1/code/model.py").read_bytes() == b"pass\n"
    assert oct((home / "models/digits/1/model.npz").stat().st_mode & 0o777) == "0o600"
    (tmp_path / "weights").write_bytes(b"others")
    registry.verify("digits", 1)


def test_the_digest_is_of_the_files_alone(registry: Registry) -> None:
    first, second = registry.add("a", _given()), registry.add("b", _given(note="other", metrics={"x": 1.0}))
    third = registry.add("b", _given(b"changed"))
    assert first.digest == second.digest != third.digest
    assert [each.number for each in registry.get("b").model.versions] == [1, 2]


def test_numbers_are_never_given_again(registry: Registry) -> None:
    for _ in range(3):
        registry.add("digits", _given())
    registry.delete_version("digits", 3)
    assert registry.add("digits", _given()).number == 4
    registry.delete("digits")
    assert registry.add("digits", _given()).number == 5


def test_what_is_deleted_leaves_no_files(registry: Registry, home: Path) -> None:
    registry.add("digits", _given())
    registry.add("digits", _given())
    registry.delete_version("digits", 1)
    assert sorted(each.name for each in (home / "models/digits").iterdir()) == ["2"]
    registry.delete("digits")
    assert list((home / "models").iterdir()) == []
    assert registry.listed() == []
    with pytest.raises(NotFoundError, match="no 'digits'"):
        registry.get("digits")


def test_aliases_point_at_one_version_and_protect_it(registry: Registry) -> None:
    registry.add("digits", _given())
    registry.add("digits", _given())
    registry.point("digits", "champion", 1)
    registry.point("digits", "challenger", "latest")
    assert registry.version("digits", "champion").number == 1
    with pytest.raises(ConflictError, match=r"digits@1 is champion"):
        registry.delete_version("digits", 1)
    with pytest.raises(ConflictError, match="aliases challenger, champion"):
        registry.delete("digits")
    registry.point("digits", "champion", "challenger")
    registry.delete_version("digits", 1)
    registry.unpoint("digits", "champion")
    assert registry.get("digits").model.aliases == {"challenger": 2}
    with pytest.raises(NotFoundError, match="It has challenger"):
        registry.unpoint("digits", "champion")


@pytest.mark.parametrize(
    ("value", "figure", "passes"),
    [(0.9, 0.9, True), (0.9, 0.89, False), (0.9, None, False), (0.9, float("nan"), False)],
)
def test_a_gate_keeps_an_alias_from_what_does_not_pass(
    registry: Registry, value: float, figure: float | None, passes: bool
) -> None:
    registry.add("digits", _given(metrics={} if figure is None else {"test/accuracy": figure}))
    registry.edit("digits", gates=[Gate("champion", "test/accuracy", ">=", value)])
    registry.point("digits", "candidate", 1)
    if passes:
        registry.point("digits", "champion", 1)
    else:
        with pytest.raises(ConflictError, match=r"champion asks for: test/accuracy >= 0.9"):
            registry.point("digits", "champion", 1)
        registry.point("digits", "champion", 1, force=True)
    assert registry.version("digits", "champion").number == 1


def test_a_gate_may_ask_to_be_better_than_who_holds_the_alias(registry: Registry) -> None:
    for accuracy in (0.8, 0.7, 0.9):
        registry.add("digits", _given(metrics={"test/accuracy": accuracy}))
    registry.edit("digits", gates=[Gate("champion", "test/accuracy", ">", "champion")])
    registry.point("digits", "champion", 1)
    with pytest.raises(ConflictError, match=r"it has 0\.7, asked is > 0\.8"):
        registry.point("digits", "champion", 2)
    registry.point("digits", "champion", 3)
    assert registry.version("digits", "champion").number == 3


def test_the_figures_of_tests_count_before_those_of_registration(registry: Registry) -> None:
    registry.add("digits", _given(metrics={"test/accuracy": 0.99}))
    gate = Gate("champion", "test/accuracy", ">=", 0.95)
    registry.edit("digits", gates=[gate])
    registry.tell("digits", 1, "test", {"test/accuracy": 0.5}, {"shown": [1, 2]})
    with pytest.raises(ConflictError, match=r"it has 0\.5"):
        registry.point("digits", "champion", 1)
    registry.tell("digits", 1, "test", {"test/accuracy": 0.97}, {})
    registry.point("digits", "champion", 1)
    assert [each.body["figures"] for each in registry.tests("digits", 1)] == [{"test/accuracy": 0.97}]
    assert [each.passed for each in judged(registry.get("digits").model, 1, registry.figures("digits"))] == [True]


def test_words_and_gates_are_changed_where_nobody_was_faster(registry: Registry) -> None:
    registry.add("digits", _given())
    before = registry.get("digits")
    after = registry.edit("digits", before.rev, text="Reads digits.", tags=["small", "small", "grey"])
    assert (after.model.text, after.model.tags, after.rev) == ("Reads digits.", ("small", "grey"), before.rev + 1)
    with pytest.raises(ConflictError, match="expected revision 1"):
        registry.edit("digits", before.rev, text="No.")
    assert registry.edit("digits", tags=[], gates=[]).model.tags == ()
    assert registry.edit("digits").rev == after.rev + 1
    assert registry.note("digits", 1, "best so far").model.versions[0].note == "best so far"


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 65, "naïve", "a\n"])
def test_what_a_model_cannot_be_called_is_refused(registry: Registry, home: Path, name: str) -> None:
    with pytest.raises(InputError, match="name: expected letters"):
        registry.add(name, _given())
    assert not (home / "models").exists()


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "", ".", "a\\b", "a\0b", ".hidden/x", "x" * 513])
def test_files_stay_within_their_version(registry: Registry, home: Path, path: str) -> None:
    with pytest.raises(InputError, match="path: expected a name within"):
        registry.add("digits", Given("file", {path: b"x"}))
    registry.add("digits", _given())
    with pytest.raises((InputError, NotFoundError)):
        registry.file("digits", 1, path)
    assert [each.name for each in (home / "models").iterdir()] == ["digits"]
    assert [each.name for each in (home / "models/digits").iterdir()] == ["1"]


def test_a_link_that_was_put_there_is_not_followed(registry: Registry, home: Path, tmp_path: Path) -> None:
    registry.add("digits", _given())
    (tmp_path / "secret").write_text("secret")
    (home / "models/digits/1/link").symlink_to(tmp_path / "secret")
    with pytest.raises(NotFoundError):
        registry.file("digits", 1, "link")


def test_a_source_that_is_missing_leaves_nothing(registry: Registry, home: Path, tmp_path: Path) -> None:
    sources: dict[str, Path | bytes] = {"a": b"x", "b": tmp_path / "none"}
    with pytest.raises(NotFoundError, match="no file"):
        registry.add("digits", Given("file", sources))
    assert list((home / "models/digits").iterdir()) == []
    assert registry.listed() == []
    with pytest.raises(InputError, match="files: expected 1"):
        registry.add("digits", Given("file", {}))
    with pytest.raises(LimitError):
        registry.add("digits", Given("file", {f"f{i}": b"" for i in range(1_001)}))


def test_what_a_registration_that_was_cut_off_left_does_not_stand_in_the_way(registry: Registry, home: Path) -> None:
    left = home / "models/digits/1"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"x")
    assert registry.add("digits", _given()).number == 1
    assert not (left / "half").exists()


@pytest.mark.parametrize("spoil", [lambda path: path.write_bytes(b"weightz"), os.unlink])
def test_files_that_were_changed_are_noticed(registry: Registry, spoil: Any) -> None:
    registry.add("digits", _given())
    spoil(registry.file("digits", 1, "model.npz"))
    with pytest.raises(CorruptError, match=r"digits@1: model\.npz is (changed|missing)"):
        registry.verify("digits", 1)


def test_what_is_stored_damaged_is_told(documents: Documents, registry: Registry) -> None:
    documents.put("model", "digits", {"name": "digits", "versions": 3}, 1)
    with pytest.raises(CorruptError, match="does not decode"):
        registry.get("digits")


def test_a_version_that_is_not_there_is_told_with_those_that_are(registry: Registry) -> None:
    registry.add("digits", _given())
    registry.point("digits", "champion", 1)
    for ref in (2, "2", "challenger", "abcdef", "latest2"):
        with pytest.raises(NotFoundError, match="There are 1, champion"):
            registry.version("digits", ref)


GRAPH = {
    "format": "graph/1",
    "name": "m",
    "target": "torch",
    "nodes": [{"id": "x", "type": "core/input@1"}, {"id": "d", "type": "core/dense@1", "params": {"units": 4}}],
    "edges": [{"from": ["x", "out"], "to": ["d", "in"]}],
}


def test_two_versions_are_compared(registry: Registry) -> None:
    lineage = Lineage(run="r1", run_name="one", data={"train": "digits@aa"})
    first = registry.add("digits", _given(lineage=lineage, metrics={"test/accuracy": 0.5, "loss": 1.0}))
    other = msgspec.structs.replace(lineage, run_name="two", data={"train": "digits@bb"})
    second = registry.add("digits", _given(b"new", lineage=other, metrics={"test/accuracy": 0.75}))
    wider = {**GRAPH, "nodes": [GRAPH["nodes"][0], {"id": "d", "type": "core/dense@1", "params": {"units": 8}}]}
    registry.tell("digits", 2, "test", {"test/f1": 0.7}, {})
    assert registry.compare(("digits", 1), ("digits", "latest")).figures[-1] == FigurePair("test/f1", None, 0.7, None)
    found = compare(first, second, (msgspec.json.encode(GRAPH), msgspec.json.encode(wider)))
    assert (found.same_files, found.same_data, found.graph) == (False, False, "d.units 4 → 8")
    assert found.figures == [
        FigurePair("loss", 1.0, None, None),
        FigurePair("test/accuracy", 0.5, 0.75, 0.25),
    ]
    assert found.fields == [
        FieldPair("run", "one", "two"),
        FieldPair("bytes", "12", "8"),
        FieldPair("data train", "digits@aa", "digits@bb"),
    ]
    same = compare(first, first, (b"no graph", None))
    assert (same.same_files, same.same_data, same.fields, same.graph) == (True, True, [], None)


def test_every_error_is_one_that_names_its_field(registry: Registry) -> None:
    registry.add("digits", _given())
    for wrong in ("Champion", "latest", "1st", "", "a b"):
        with pytest.raises(GnomonError, match="alias: expected a word"):
            registry.point("digits", wrong, 1)
    assert registry.get("digits").model == Model("digits", registry.get("digits").model.versions, next=2)
