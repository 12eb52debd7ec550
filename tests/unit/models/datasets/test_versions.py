"""Data sets are known by their rows, kept in versions, and found by name, number and digest."""

import gzip
import json
import os
import shutil
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest
from tests.unit.models.datasets import samples

from gnomon.core.errors import ConflictError, InputError, LimitError, NotFoundError
from gnomon.models.datasets import find, load, register
from gnomon.models.datasets.changes import changes
from gnomon.models.datasets.content import Remembered, fingerprint, hashed, seal
from gnomon.models.datasets.describing import opened
from gnomon.models.datasets.registry import DatasetSpec, SplitSpec, Transform, decode, plain, read_ref
from gnomon.models.datasets.versions import Versions, packaged_version
from gnomon.store.memory import MemoryEngine


def spec(**changes: object) -> DatasetSpec:
    return msgspec.structs.replace(packaged_version("digits").spec, name="ours", **changes)


def of(path: Path) -> str:
    return fingerprint(opened(str(path)))


def test_the_same_rows_have_one_fingerprint_in_any_file(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    text = "a,b,c\n1,x,2026-01-01\n2.5,y,2026-01-02\n,x,\n3,y,2026-01-04\n"
    (tmp_path / "a.csv").write_text(text)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.tsv").write_text("\n".join("\t".join(line.split(",")[::-1]) for line in text.splitlines()))
    table = pa.table(
        {"c": ["2026-01-01", "2026-01-02", None, "2026-01-04"], "a": [1.0, 2.5, None, 3.0], "b": list("xyxy")}
    )
    pq.write_table(table, tmp_path / "c.parquet")
    first = of(tmp_path / "a.csv")
    assert [of(tmp_path / "deep" / "b.tsv"), of(tmp_path / "c.parquet")] == [first, first]
    (tmp_path / "d.csv").write_text(text.replace("2.5", "2.6"))
    lines = text.splitlines()
    (tmp_path / "e.csv").write_text("\n".join([lines[0], *lines[:0:-1]]))
    (tmp_path / "f.csv").write_text(text.replace("a,b,c", "a,b,d"))
    assert len({of(tmp_path / f"{name}.csv") for name in "adef"}) == 4


def test_packed_arrays_and_moved_folders_are_the_same_data(tmp_path: Path) -> None:
    data = np.arange(6 * 4 * 4, dtype=np.uint8).reshape(6, 4, 4)
    head = bytes([0, 0, 8, 3]) + np.array(data.shape, ">u4").tobytes()
    labels = bytes([0, 0, 8, 1, 0, 0, 0, 6, 0, 1, 0, 1, 0, 1])
    for name, write in (
        ("plain", Path.write_bytes),
        ("packed", lambda path, each: path.write_bytes(gzip.compress(each))),
    ):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "train-images-idx3-ubyte", head + data.tobytes())
        write(tmp_path / name / "train-labels-idx1-ubyte", labels)
    assert of(tmp_path / "plain") == of(tmp_path / "packed")
    one = samples.photos(tmp_path / "photos")
    before = of(one)
    shutil.move(one, tmp_path / "elsewhere")
    assert of(tmp_path / "elsewhere") == before
    (tmp_path / "elsewhere" / "cat" / "0.png").write_bytes((tmp_path / "elsewhere" / "cat" / "2.png").read_bytes())
    assert of(tmp_path / "elsewhere") != before


def test_what_was_hashed_is_remembered_until_a_file_changes(tmp_path: Path) -> None:
    path = samples.table(tmp_path)
    remembered = Remembered(tmp_path / "cache")
    os.utime(path, ns=(time.time_ns() + 10**12,) * 2)
    assert seal(str(path)) is None, "what was written just now may change within one tick of its clock"
    table = opened(str(path))
    assert remembered.get(str(path), table) is None
    os.utime(path, ns=(1_700_000_000 * 10**9,) * 2)
    first = hashed(str(path), table, remembered)
    assert (remembered.get(str(path), table), first) == (first, fingerprint(table))
    path.write_text(path.read_text().replace("Ulm", "Rom"))
    assert remembered.get(str(path), table) is None
    os.utime(path, ns=(1_700_000_100 * 10**9,) * 2)
    assert hashed(str(path), opened(str(path)), remembered) != first
    boxes = samples.boxes(tmp_path / "boxes")
    table = opened(str(boxes))
    for file in (boxes, *table.files["image"].paths()):
        os.utime(file, ns=(1_700_000_000 * 10**9,) * 2)
    first = hashed(str(boxes), table, remembered)
    assert remembered.get(str(boxes), table) == first
    os.utime(table.files["image"].paths()[0], ns=(1_700_000_001 * 10**9,) * 2)
    assert remembered.get(str(boxes), table) is None, "a picture that it names changed"


def test_a_digest_is_of_what_a_model_sees(home: Path) -> None:
    base = spec()
    same = [
        spec(path="/elsewhere/digits.npz"),
        spec(notes=("moved",)),
        msgspec.structs.replace(base, name="theirs"),
        decode(plain(base)),
    ]
    others = [
        spec(fingerprint="0" * 64),
        spec(split=SplitSpec("random")),
        spec(target=()),
        spec(transforms={}),
        spec(transforms={"image": Transform(normalise="scale", range=(0, 15))}),
    ]
    assert {each.digest for each in same} == {base.digest}
    assert len({each.digest for each in (base, *others)}) == 6


@pytest.mark.parametrize(
    "text", ["", "a b", "../x", "x" * 65, "x@", "x@0", "x@-1", "x@00FF00FF00FF00FF", "x@y", "x@1@2", ".x"]
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="dataset: expected"):
        read_ref(text)


def test_versions_are_numbered_found_and_deleted(tmp_path: Path) -> None:
    with MemoryEngine() as engine:
        versions = Versions(engine.documents, tmp_path, clock=iter(range(1000, 9000)).__next__)
        assert [each.spec.name for each in versions.listed()] == ["digits"]
        first, is_new = versions.save(spec(), "first")
        assert (first.number, first.rev, is_new) == (1, 1, True)
        again, is_new = versions.save(spec(path="/moved"))
        assert (again.number, again.rev, again.spec.path, again.note, is_new) == (1, 2, "/moved", "first", False)
        second, _ = versions.save(spec(target=()), "second", if_rev=2)
        with pytest.raises(ConflictError, match="expected revision 2"):
            versions.save(spec(), if_rev=2)
        assert [each.number for each in versions.history("ours")] == [2, 1]
        assert versions.get("ours").number == 2
        assert versions.get(f"ours@{first.spec.digest}").spec.path == "/moved"
        assert [versions.get(f"ours@{n}").note for n in (1, 2)] == ["first", "second"]
        for unknown in ("ours@3", "ours@00ff00ff00ff00ff", "our"):
            with pytest.raises(NotFoundError):
                versions.get(unknown)
        versions.delete("ours")
        assert versions.get("ours@2").spec == second.spec, "runs that used it can still say so"
        with pytest.raises(NotFoundError):
            versions.get("ours")
        third, is_new = versions.save(spec(split=SplitSpec()))
        assert (third.number, is_new) == (3, True)
        with pytest.raises(LimitError, match="note: expected at most 2000"):
            versions.save(spec(), "x" * 2001)


def test_what_ships_with_gnomon_can_be_changed_and_comes_back(tmp_path: Path) -> None:
    with MemoryEngine() as engine:
        versions = Versions(engine.documents, tmp_path)
        shipped = versions.get("digits")
        with pytest.raises(NotFoundError):
            versions.delete("digits")
        made, _ = versions.save(msgspec.structs.replace(shipped.spec, split=SplitSpec()), if_rev=0)
        assert (made.number, [each.number for each in versions.history("digits")]) == (2, [2, 1])
        assert versions.get(shipped.ref).spec == shipped.spec
        versions.delete("digits")
        assert (versions.get("digits"), len(versions.listed())) == (shipped, 1)


def test_changes_are_told_in_sentences() -> None:
    base = spec()
    columns = dict(base.columns)
    other = spec(
        fingerprint="1" * 64,
        rows=9,
        columns={"label": msgspec.structs.replace(columns["label"], kind="number"), "age": columns["label"]},
        inputs=("age",),
        split=SplitSpec("grouped", column="age"),
        transforms={"image": Transform(augment=None)},
    )
    assert changes(base, base) == []
    assert changes(None, base) == ["Registered: 1,797 rows."]
    assert changes(base, other) == [
        "Other rows: 1,797 rows before, 9 now.",
        "label: category before, number now.",
        "New column age.",
        "Column image is gone.",
        "Inputs: age; before image.",
        "Split: stratified by label 0.7 / 0.15 / 0.15 (seed 0) before, grouped by age 0.7 / 0.15 / 0.15 (seed 0) now.",
        "image: nothing is done to its values.",
    ]


def test_register_and_load_from_python(home: Path, tmp_path: Path) -> None:
    path = samples.table(tmp_path)
    made = register(path, target="outcome", inputs=["age", "town"], note="first")
    assert (made.name, made.target, made.split.way) == ("visits", ("outcome",), "stratified")
    assert load("visits").batch("train", [0]).keys() == {"age", "town", "outcome"}
    changed = register(path, "visits", transforms={"age": {"normalise": "standard"}})
    assert (changed.inputs, changed.target) == (("age", "town"), ("outcome",)), "what was said before still holds"
    assert find("visits@1") == made
    assert find(f"visits@{made.digest}") == made
    assert json.loads((home / "datasets" / f"{made.ref}.json").read_text())["name"] == "visits"
    path.write_text(path.read_text().replace("Ulm", "Rom"))
    with pytest.raises(
        InputError, match=r"what lies there is not the data of visits@.* any more .* gnomon data register"
    ):
        load(made.ref)
    path.unlink()
    with pytest.raises(NotFoundError, match="there is no"):
        load("visits")


def test_a_version_is_read_by_its_digest_while_somebody_else_has_the_home(home: Path) -> None:
    from gnomon.store.lock import Lease

    made = register("gnomon:digits", "mine", split={"way": "random"})
    with Lease(home):
        assert find(made.ref) == made
        assert load(made.ref).length("train") == 1258
        assert find(packaged_version("digits").ref).name == "digits"


def test_data_within_a_home_are_found_where_the_home_was_copied_to(home: Path, tmp_path: Path) -> None:
    (home / "data" / "uploads").mkdir(parents=True)
    path = samples.table(home / "data" / "uploads")
    made = register(path, target="outcome")
    assert made.path == "home:data/uploads/visits.csv"
    assert register(home / "data" / "uploads" / "visits.csv", note="again").ref == made.ref
    shutil.copytree(home, tmp_path / "copy", ignore=shutil.ignore_patterns("LOCK"))
    shutil.rmtree(home)
    assert load(made.ref, tmp_path / "copy").length("train") > 20
    assert load("visits", tmp_path / "copy").spec.digest == made.digest
    assert register("home:data/uploads/visits.csv", "other", home=tmp_path / "copy").fingerprint == made.fingerprint
    with pytest.raises(InputError, match="expected a path within the home"):
        register("home:../visits.csv", home=tmp_path / "copy")
