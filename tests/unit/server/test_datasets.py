"""Data sets as a browser sees them: uploaded, looked at, registered, changed, followed to their runs; hostile data refused."""

import base64
import io
import os
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import gnomon
from gnomon.core.errors import ForbiddenError
from gnomon.server.app import create_app
from gnomon.server.dataset_paths import DatasetPaths
from gnomon.server.settings import ServerSettings
from gnomon.store.home import Home
from gnomon.store.memory import MemoryEngine

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

OCTETS = {"Content-Type": "application/octet-stream"}
CSV = "age,town,outcome\n" + "".join(
    f"{20 + i},{'Ulm' if i % 3 else 'Bern'},{'yes' if i % 2 else 'no'}\n" for i in range(40)
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """One server for all: its worker is started once."""
    home = tmp_path_factory.mktemp("lab") / "home"
    home.mkdir()
    with Home(home, MemoryEngine()) as opened:
        settings = ServerSettings(static=tmp_path_factory.mktemp("static"))
        with TestClient(
            create_app(opened, settings), base_url="http://127.0.0.1:7000", raise_server_exceptions=False
        ) as made:
            made.home = opened  # type: ignore[attr-defined]
            yield made


def ask(client: TestClient, method: str, path: str, status: int = 200, **more: Any) -> Any:
    answer = client.request(method, f"/api/v1/{path}", **more)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def send(client: TestClient, name: str, data: bytes, status: int = 201) -> Any:
    return ask(client, "POST", f"datasets:upload?filename={name}", status, content=data, headers=OCTETS)


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def png(colour: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((6, 8, 3), colour, np.uint8)).save(out, "png")
    return out.getvalue()


def test_what_ships_with_gnomon_is_there_and_shown(client: TestClient) -> None:
    row = ask(client, "GET", "datasets")["datasets"][-1]
    assert (row["name"], row["rows"], row["target"], row["packaged"], row["version"], row["rev"]) == (
        ("digits", 1797, ["label"], True, 1, 0)
    )
    assert len(row["thumbnails"]) == 8
    detail = ask(client, "GET", "datasets/digits")
    assert detail["parts"] == {"train": 1258, "validation": 270, "test": 269}
    assert detail["columns"][0]["gives"] == [8, 8, 1]
    profile = ask(client, "GET", f"datasets/digits/profile?version={detail['digest']}")
    assert profile["balance"]["3"] == {"train": 128, "validation": 27, "test": 28}
    assert sum(profile["columns"][1]["counts"].values()) == 1797
    assert ask(client, "GET", "datasets/nothing", 404)["detail"] == 'dataset: there is no "nothing" in this home.'
    ask(client, "GET", "datasets/digits?version=99", 404)
    ask(client, "GET", "datasets/digits?version=x", 400)
    ask(client, "DELETE", "datasets/digits", 404)


def test_rows_are_pages_of_parts_and_classes_with_pictures(client: TestClient) -> None:
    found = ask(client, "GET", "datasets/digits/rows?part=test&class=3&first=1&last=2")
    assert (found["total"], found["columns"], len(found["rows"])) == (28, ["image", "label"], 2)
    cells = found["rows"][0]["cells"]
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(cells["image"]["image"]))))
    assert (cells["label"], picture.shape, picture.max()) == ("3", (8, 8), 255)
    assert ask(client, "GET", "datasets/digits/rows?first=0&last=200", 400)["field"] == "last"
    assert ask(client, "GET", "datasets/digits/rows?class=x", 400)["field"] == "class"
    assert ask(client, "GET", "datasets/digits/rows?first=5000&last=5001")["rows"] == []


def test_a_table_is_uploaded_looked_at_registered_changed_and_taken_away(client: TestClient) -> None:
    place = send(client, "../../visits.csv", CSV.encode())
    assert (Path(place["path"]).name, place["files"], place["size_bytes"]) == ("visits.csv", 1, len(CSV))
    seen = ask(client, "POST", "datasets:look", json={"path": place["path"]})
    assert (seen["name"], seen["target"], seen["inputs"], seen["split"]["way"]) == (
        ("visits", ["outcome"], ["age", "town"], "stratified")
    )
    assert seen["columns"][0]["histogram"]["counts"][0] == 2
    assert seen["columns"][1]["allowed"] == ["category", "text"]
    other = {"path": place["path"], "types": {"age": "category"}, "split": {"way": "random", "shares": [0.5, 0.5]}}
    assert ask(client, "POST", "datasets:look", json=other)["parts"] == {"train": 20, "validation": 20}
    made = ask(client, "POST", "datasets", 201, json={"name": "visits", "path": place["path"], "note": "first"})
    assert ask(client, "POST", "datasets", 200, json={"name": "visits", "path": place["path"]})["version"] == 1
    changes = {"transforms": {"age": {"normalise": "standard"}}, "note": "standard"}
    patched = client.patch("/api/v1/datasets/visits", json=changes, headers={"If-Match": '"2"'})
    assert (patched.status_code, patched.headers["etag"], patched.json()["version"]) == (200, '"3"', 2)
    assert ask(client, "PATCH", "datasets/visits", 412, json=changes, headers={"If-Match": '"2"'})["status"] == 412
    assert (
        ask(client, "PATCH", "datasets/visits", 400, json={"target": ["age"], "inputs": ["age"]})["field"] == "inputs"
    )
    rows = ask(client, "GET", "datasets/visits/versions")["versions"]
    assert [(row["number"], row["note"], row["changes"]) for row in rows] == [
        (2, "standard", ["age: normalise standard."]),
        (1, "first", ["Registered: 40 rows."]),
    ]
    sampled = ask(client, "POST", "datasets:sample", json={"name": "visits", "column": "age", "count": 3})
    assert [len(sampled["values"]), sampled["values"][0]["before"] > 19, abs(sampled["values"][0]["after"]) < 3] == [
        3,
        True,
        True,
    ]
    ask(client, "DELETE", "datasets/visits", 412, headers={"If-Match": "1"})
    ask(client, "DELETE", "datasets/visits", 204, headers={"If-Match": "3"})
    assert [row["name"] for row in ask(client, "GET", "datasets")["datasets"]] == ["digits"]
    assert ask(client, "GET", f"datasets/visits?version={made['digest']}")["parts"] == made["parts"]
    assert Path(place["path"]).exists(), "files of users stay"


def test_an_archive_of_pictures_is_unpacked_and_augmented(client: TestClient) -> None:
    files = {f"pets/{('cat', 'dog')[i % 2]}/{i}.png": png(20 * i) for i in range(12)}
    place = send(client, "pets.zip", packed(files | {"__MACOSX/pets/._0.png": b"x"}))
    assert (Path(place["path"]).name, place["files"]) == ("pets", 13)
    asked = {"path": place["path"], "column": "image", "transforms": {"image": {"augment": {"brightness": 0.5}}}}
    values = ask(client, "POST", "datasets:sample", json=asked)["values"]
    assert values[0]["before"].keys() == {"image", "width", "height"}
    assert any(each["before"] != each["after"] for each in values)
    made = ask(client, "POST", "datasets", 201, json={"name": "pets", "path": place["path"]})
    assert (made["parts"], len(made["thumbnails"]), made["columns"][1]["classes"]) == (
        ({"train": 8, "validation": 2, "test": 2}, 8, ["cat", "dog"])
    )
    Path(place["path"], "cat", "0.png").write_bytes(png(99))
    said = ask(client, "GET", "datasets/pets/rows", 400)
    assert (said["field"], "is not the data of pets@" in said["detail"]) == ("path", True)
    ask(client, "DELETE", "datasets/pets", 204)


def test_runs_and_graphs_that_name_a_version_are_found(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = f"digits@{ask(client, 'GET', 'datasets/digits')['digest']}"
    home = client.home  # type: ignore[attr-defined]
    monkeypatch.setenv("GNOMON_AGENT", "off")
    for project, dataset in (
        ("lab", ref),
        ("lab", "digits@00ff00ff00ff00ff"),
        ("lab", "digit_@00ff00ff00ff00ff"),
        ("lab", 3),
    ):
        with gnomon.init(project, config={"dataset": dataset}, home=home.path):
            pass
    home.drain()
    graph = {"nodes": [], "edges": [], "data": {"dataset": ref}}
    made = ask(client, "POST", "graphs", 201, json={"project": "lab", "name": "net", "graph": graph})
    uses = ask(client, "GET", "datasets/digits/uses")
    assert sorted((run["digest"], run["version"]) for run in uses["runs"]) == [("00ff00ff00ff00ff", None), (ref[7:], 1)]
    assert [(each["id"], each["version"]) for each in uses["graphs"]] == [(made["id"], 1)]
    row = ask(client, "GET", "datasets")["datasets"][-1]
    assert (row["runs"], row["graphs"]) == (2, 1)


def test_a_first_model_is_built_and_compared_with_its_data(client: TestClient) -> None:
    ref = f"digits@{ask(client, 'GET', 'datasets/digits')['digest']}"
    built = ask(client, "POST", "graphs:build", json={"dataset": "digits"})
    assert built["graph"]["data"] == {"dataset": ref, "inputs": {"image": "image"}, "outputs": {"label": "label"}}
    assert (built["report"]["issues"], len(built["reasons"]) > 3) == ([], True)
    assert ask(client, "POST", "graphs:build", 400, json={"dataset": "digits", "target": "age"})["field"] == "target"
    made = ask(client, "POST", "graphs", 201, json={"project": "lab", "name": "small", "template": "mnist_cnn"})
    assert made["report"]["issues"] == []
    data = {"op": "document", "data": {"dataset": ref}}
    told = ask(client, "PATCH", f"graphs/{made['id']}", json={"rev": 1, "ops": [data]})["report"]["issues"]
    assert [(issue["code"], issue["node"], issue["message"]) for issue in told] == [
        ("E701", "image", "the column image of digits is 8×8×1, and image takes 28×28×1.")
    ]
    told_too = ask(client, "POST", "graphs:check", json={"graph": {**made["graph"], "data": {"dataset": ref}}})
    assert told_too["report"]["issues"] == told
    mended = ask(client, "PATCH", f"graphs/{made['id']}", json={"rev": 2, "ops": told[0]["fixes"][0]["ops"]})
    assert mended["report"]["issues"] == []
    lost = {"op": "document", "data": {"dataset": "lost"}}
    told = ask(client, "PATCH", f"graphs/{made['id']}", json={"rev": 3, "ops": [lost]})["report"]["issues"]
    assert [issue["code"] for issue in told] == ["W708"]


def bomb_png() -> bytes:
    """Return a picture of a few bytes that says it is 60,000 × 60,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def npz(**arrays: Any) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


class Payload:
    """Would leave a file behind if it were ever unpickled."""

    def __reduce__(self) -> Any:
        return (os.system, ("touch /tmp/gnomon-was-here",))


def lying_npy() -> bytes:
    """Return the head of an array of 2^60 numbers, and nothing behind it."""
    out = io.BytesIO()
    np.lib.format.write_array_header_2_0(out, {"descr": "<f8", "fortran_order": False, "shape": (1 << 60,)})
    return out.getvalue()


HOSTILE = {
    "objects.npz": (npz(x=np.array([Payload()], object)), "objects are never unpickled"),
    "objects.npy": (
        lambda out: (np.save(out, np.array([Payload()], object), allow_pickle=True), out.getvalue())[1],
        "array of numbers",
    ),
    "lying.npy": (lying_npy(), "expected an array of numbers"),
    "other.npz": (b"PK\x03\x04 and no more", "NumPy archive"),
    "cut.parquet": (b"PAR1" + b"\xff" * 200 + b"\x7f\xff\xff\x7fPAR1", "expected a Parquet file"),
    "odd.csv": (b"a,b\n1,2\n3\n", "expected 2 values in row 3"),
    "wide.csv": (b"a,b\n" + b"x" * 200_000 + b",1\n", "field larger than field limit"),
    "bytes.csv": (b"\xff\xfe\x00a,b\n", "UTF-8"),
    "empty.csv": (b"", "an empty file"),
    "pictures.csv": (b"image,label\n../../../../etc/passwd.png,a\n/etc/hosts.png,b\n", "one outside of it"),
    "exe.bin": (b"MZ", "expected csv, tsv, csv.gz, parquet, npz, npy or a folder"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_answered_with_what_is_wrong(client: TestClient, name: str) -> None:
    data, says = HOSTILE[name]
    place = send(client, name, data(io.BytesIO()) if callable(data) else data)
    for method in ("datasets:look", "datasets"):
        said = ask(client, "POST", method, 400, json={"name": "evil", "path": place["path"]})
        assert says in said["detail"], said
    assert [row["name"] for row in ask(client, "GET", "datasets")["datasets"]] == ["digits"]
    assert not Path("/tmp/gnomon-was-here").exists()


@pytest.mark.parametrize(
    ("files", "status", "says"),
    [
        ({"../out.csv": b"a"}, 400, "plain files below one folder"),
        ({"/etc/out.csv": b"a"}, 400, "plain files below one folder"),
        ({"a\\..\\..\\out.csv": b"a"}, 400, "plain files below one folder"),
        ({"zeros.csv": b"\0" * (80 << 20)}, 413, "expected at most 200,000 files and 64 MiB"),
        ({}, 404, "an archive with files in it"),
    ],
)
def test_hostile_archives_leave_nothing(client: TestClient, files: dict[str, bytes], status: int, says: str) -> None:
    uploads = client.home.path / "data" / "uploads"  # type: ignore[attr-defined]
    before = sorted(uploads.rglob("*")) if uploads.exists() else []
    assert says in send(client, "a.zip", packed(files), status)["detail"]
    assert (sorted(uploads.rglob("*")), list(client.home.path.rglob("out.csv"))) == (before, [])  # type: ignore[attr-defined]


def test_an_upload_that_nothing_was_made_of_is_taken_away(client: TestClient, tmp_path: Path) -> None:
    uploads = client.home.path / "data" / "uploads"  # type: ignore[attr-defined]
    folders = set(uploads.iterdir()) if uploads.exists() else set()

    def gone(path: str, status: int) -> Any:
        return ask(client, "DELETE", "datasets:upload", status, params={"path": path})

    place = send(client, "photos.zip", packed({"cat/1.png": png(1), "dog/1.png": png(2)}))["path"]
    assert set(uploads.iterdir()) > folders
    assert (gone(place, 204), set(uploads.iterdir())) == (None, folders)
    assert "removed before" in gone(place, 404)["detail"]
    (tmp_path / "mine.csv").write_text(CSV)
    for other in (str(tmp_path / "mine.csv"), str(uploads), f"{place}/../../..", "gnomon:digits"):
        assert "uploaded" in gone(other, 403)["detail"]
    kept = send(client, "kept.csv", CSV.encode())["path"]
    ask(client, "POST", "datasets", 201, json={"name": "kept", "path": kept})
    assert gone(kept, 409)["detail"].startswith('path: expected an upload that no data set needs, and "kept"')
    ask(client, "DELETE", "datasets/kept", 204)
    assert "kept" in gone(kept, 409)["detail"]  # a run may name its digest
    assert ((tmp_path / "mine.csv").exists(), Path(kept).exists()) == (True, True)


def test_uploads_that_a_closed_tab_left_go_after_a_day(client: TestClient) -> None:
    left, kept, new = (Path(send(client, f"{name}.csv", CSV.encode())["path"]) for name in ("left", "of_a_set", "new"))
    ask(client, "POST", "datasets", 201, json={"name": "of_a_set", "path": str(kept)})
    datasets = client.app.state.context.datasets  # type: ignore[attr-defined]
    yesterday = left.parent.stat().st_mtime - 25 * 3600
    for old in (left, kept):
        os.utime(old.parent, (yesterday, yesterday))
    assert datasets.tidy() == [left.parent]
    assert [each.exists() for each in (left, kept, new)] == [False, True, True]
    assert datasets.tidy() == []


def test_links_and_locked_archives_are_refused(client: TestClient) -> None:
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "plain files" in send(client, "a.zip", out.getvalue(), 400)["detail"]
    assert "ZIP archive" in send(client, "a.zip", b"no archive", 400)["detail"]
    locked = bytearray(packed({"a.csv": b"a"}))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert "password" in send(client, "a.zip", bytes(locked), 400)["detail"]


def test_a_picture_that_grows_and_links_out_of_the_folder_are_refused(client: TestClient, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "folder" / name).mkdir(parents=True)
        (tmp_path / "folder" / name / "1.png").write_bytes(png(9))
    (tmp_path / "folder" / "b" / "2.png").write_bytes(bomb_png())
    said = ask(client, "POST", "datasets:look", 400, json={"path": str(tmp_path / "folder")})
    assert said["detail"].startswith(
        "b/2.png: expected a picture, received a file that is none: A picture may have 268,435,456 pixels"
    )
    (tmp_path / "folder" / "b" / "2.png").unlink()
    (tmp_path / "secret.png").write_bytes(png(1))
    (tmp_path / "folder" / "b" / "2.png").symlink_to(tmp_path / "secret.png")
    said = ask(client, "POST", "datasets", 400, json={"name": "evil", "path": str(tmp_path / "folder")})
    assert "one outside of it" in said["detail"]


def test_paths_are_absolute_and_beyond_loopback_within_named_folders(client: TestClient, tmp_path: Path) -> None:
    assert ask(client, "POST", "datasets:look", 400, json={"path": "visits.csv"})["field"] == "path"
    home, root, other = (tmp_path / name for name in ("home", "root", "other"))
    for folder in (home / "data", root, other):
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text(CSV)
    (root / "link").symlink_to(other)
    public = ServerSettings(host="0.0.0.0", token="x" * 16, data_roots=(root,))
    paths = DatasetPaths(home, public)
    assert [paths.checked(each) for each in ("gnomon:digits", str(root / "a.csv"), str(home / "data" / "a.csv"))] == [
        "gnomon:digits",
        str(root / "a.csv"),
        str(home / "data" / "a.csv"),
    ]
    for bad in (
        other / "a.csv",
        root / "link" / "a.csv",
        root / ".." / "other" / "a.csv",
        home / "store.db",
        Path("/etc/passwd"),
    ):
        with pytest.raises(ForbiddenError, match="opens only what lies in the data folder"):
            paths.checked(str(bad))
    assert DatasetPaths(home, ServerSettings()).checked(str(other / "a.csv")) == str(other / "a.csv")


def test_what_is_wrong_with_an_upload_is_told_by_its_name_and_not_by_where_it_lies(client: TestClient) -> None:
    place = send(client, "bad.csv", b"a,b\n1,2\n1,2,3\n")["path"]
    told = ask(client, "POST", "datasets:look", 400, json={"path": place})
    assert told["detail"].startswith("bad.csv: expected 2 values in row 3, received 3.")
    assert "/" not in told["detail"] + told["hint"]


def test_rows_that_belong_together_come_with_the_split_that_keeps_them_so(client: TestClient) -> None:
    rows = "".join(f"{i // 3},{i % 7}.5,{'ab'[i % 2]}\n" for i in range(90))
    place = send(client, "visits.csv", f"patient,x,y\n{rows}".encode())["path"]
    found = ask(client, "POST", "datasets:look", json={"path": place, "target": ["y"]})
    (told,) = (each for each in found["findings"] if each["code"] == "groups")
    assert (told["column"], told["fix"]["title"]) == ("patient", "Keep the rows of each patient together")
    after = ask(client, "POST", "datasets:look", json={"path": place, "target": ["y"], "split": told["fix"]["split"]})
    assert (after["split"]["way"], "groups" in [each["code"] for each in after["findings"]]) == ("grouped", False)


def test_a_series_becomes_windows_that_are_registered_like_any_other_file(client: TestClient) -> None:
    rows = "".join(f"{i},{i * i}\n" for i in range(60))
    place = send(client, "power.csv", f"t,load\n{rows}".encode())["path"]
    asked = {"path": place, "target": "load", "time": "t", "columns": ["load"], "length": 5}
    cut = ask(client, "POST", "datasets:windows", 201, json=asked)
    assert (cut["columns"], cut["left_out"], cut["notes"][1]) == (
        ["load"], 0, "train 37, validation 4, test 4, in the order of time.",
    )  # fmt: skip
    found = ask(client, "POST", "datasets", 201, json={"name": "power", "path": cut["path"], "target": ["next"]})
    assert (found["target"], found["inputs"], found["parts"]) == (
        ["next"], ["history"], {"train": 37, "validation": 4, "test": 4},
    )  # fmt: skip
    refused = ask(client, "POST", "datasets:windows", 400, json=asked | {"length": 500})
    assert (refused["field"], "/" in refused["detail"]) == ("length", False)
