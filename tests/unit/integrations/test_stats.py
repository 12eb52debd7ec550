"""The seed's Stats class: its methods, its files, and what is recorded."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from astropy.io import fits

import gnomon
from gnomon.integrations.stats import Position, Stats, as_obj, as_ply, vertices

LOOP = """
import os, sys
import numpy as np
from gnomon.integrations.stats import Stats

S = Stats()
S.on(sys.argv[1])
learning_rate, sigma, points = 0.1, [1.0, 2.0], np.zeros((4, 3, 1), np.float32)
S.watch(sigma, "sigma_in")
S.watch(points, "points")
S.watch("a note", "note")
for epoch in range(3):
    for step in range(4):
        learning_rate *= 0.9
        sigma[0] += 1
        points += 1
        S.watch(learning_rate, "learning_rate")
        S.update(epoch, 30, 8, step)
        S.write_immediate(step / 2, "loss_train", epoch, step, epoch * 30 + step * 8)
    picture = np.linspace(0, 5, 48, dtype=np.float32).reshape(1, 6, 8) * (epoch + 1)
    S.save_jpg(picture, sys.argv[1], "in", epoch, step, epoch * 30 + step * 8)
    S.save_fits(picture[0], sys.argv[1], "in", epoch, step, epoch * 30 + step * 8)
    S.save_points(points, sys.argv[1], epoch, step, ply=epoch == 1)
if sys.argv[2] == "kill":
    os.kill(os.getpid(), 9)
S.close()
"""


def points(run: Any, key: str) -> list[tuple[int, float]]:
    found = run.series(key).numpy()
    return list(zip(found["step"].tolist(), found["value"].tolist(), strict=True))


def opened(path: Path) -> np.ndarray:
    with PIL.Image.open(path) as picture:
        return np.asarray(picture)


@pytest.mark.parametrize("end", ["close", "kill"])
def test_a_training_loop_with_the_class_is_read_back_whole(home: Path, tmp_path: Path, end: str) -> None:
    folder = tmp_path / "experiments" / "run-12"
    done = subprocess.run([sys.executable, "-c", LOOP, str(folder), end], capture_output=True, text=True, check=False)
    said = "note: the watched str 'a note' was copied when you called watch and can never change. "
    said += "Pass a callable: run.watch(lambda: …, 'note').\n"
    assert (done.returncode, done.stderr) == (-signal.SIGKILL if end == "kill" else 0, said)
    names = {
        f"{n}.{e}"
        for n in ("in000_s00003_i00024", "in001_s00003_i00054", "in002_s00003_i00084")
        for e in ("jpg", "fits")
    }
    names |= {"shape_e000_s00003.obj", "shape_e001_s00003.ply", "shape_e002_s00003.obj"}
    assert {path.name for path in folder.iterdir()} == names
    with gnomon.connect(home=home) as lab:
        run = lab.run("stats/run-12")
        assert (run.state, run.dropped) == ("killed" if end == "kill" else "finished", 0)
        assert [step for step, _ in points(run, "learning_rate")] == list(range(12))
        assert [value for _, value in points(run, "learning_rate")] == pytest.approx(
            [0.1 * 0.9 ** (i + 1) for i in range(12)]
        )
        assert points(run, "loss_train") == [(4 * e + s, s / 2) for e in range(3) for s in range(4)]
        assert dict(points(run, "samples")) == {4 * e + s: 30.0 * e + 8 * s for e in range(3) for s in range(4)}
        assert [r.value for r in run.records("sigma_in")] == [[2.0 + i, 2.0] for i in range(12)]
        assert [r.value.ravel().tolist() for r in run.records("points")] == [[i + 1.0] * 12 for i in range(12)]
        pictures = [r.value for r in run.records("in")]
        assert [r.kind for r in run.records("in")] == ["image", "fits"] * 3
        expected = np.linspace(0, 5, 48, dtype=np.float32).reshape(6, 8)
        for epoch in range(3):
            np.testing.assert_array_equal(np.squeeze(pictures[2 * epoch]), expected * (epoch + 1))
            np.testing.assert_array_equal(pictures[2 * epoch + 1], expected * (epoch + 1))
            name = f"in{epoch:03}_s00003_i{30 * epoch + 24:05}"
            np.testing.assert_array_equal(fits.getdata(folder / f"{name}.fits"), expected * (epoch + 1))
            jpg = opened(folder / f"{name}.jpg")
            assert np.abs(jpg - 255 * expected / 5).max() < 8
        assert [(r.kind, r.step, r.value.xyz.tolist()) for r in run.records("shape")] == [
            ("points", 4 * e + 3, [[4.0 * (e + 1)] * 3] * 4) for e in range(3)
        ]


def test_a_second_run_of_a_folder_is_a_run_of_its_own(home: Path, tmp_path: Path) -> None:
    stats = Stats(project="holly")
    for value in (1.0, 2.0):
        stats.on(str(tmp_path / "same"))
        assert stats.exp_name == "same"
        stats.watch(value, "loss")
        stats.update(0, 8, 4, 0)
    stats.close()
    stats.close()
    with gnomon.connect(home=home) as lab:
        runs = [lab.run(row.id) for row in lab.runs("holly")]
        assert sorted((r.name, points(r, "loss")) for r in runs) == [("same", [(0, 1.0)]), ("same", [(0, 2.0)])]


def test_without_on_it_logs_into_the_run_given_or_the_current_one(home: Path) -> None:
    with gnomon.init() as run:
        Stats(run=run).write_immediate(1, "given", 0, 3, 3)
        stats = Stats()
        stats.watch(lambda: 2, "current")
        stats.update(0, 10, 5, 1)
        stats.unwatch("current")
        stats.update(0, 10, 5, 1)
        stats.close()
        run.log({"after": 1})
    with gnomon.connect(home=home) as lab:
        found = lab.run(run.id)
        assert [points(found, key) for key in ("given", "current", "after")] == [[(3, 1.0)], [(1, 2.0)], [(2, 1.0)]]


def test_sizes_that_change_between_epochs_move_nothing_that_was_counted() -> None:
    position = Position()
    assert (position.step(0, 7), position.step(2, 0, otherwise=9)) == (7, 9)
    position.resize(0, 100, 10)
    assert (position.step(1, 5), position.samples(1, 5)) == (15, 150)
    position.resize(2, 100, 50)
    assert (position.step(2, 1), position.samples(2, 1), position.step(3, 0), position.samples(3, 0)) == (
        21,
        250,
        22,
        300,
    )


def test_what_cannot_be_saved_is_said_once_and_counted(
    home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stats = Stats()
    stats.on(str(tmp_path / "bad"))
    for _ in range(2):
        stats.save_points(np.zeros((3, 2)), str(tmp_path), 0, 0)
    stats.save_jpg(np.zeros(5), str(tmp_path), "flat", 0, 0, 0)
    (tmp_path / "file").write_text("in the way")
    stats.save_fits(np.zeros((2, 2)), str(tmp_path / "file"), "x", 0, 0, 0)
    stats.update(0, 10, None, 1)  # type: ignore[arg-type]
    assert stats.run.dropped == 5
    assert [message.split(",")[0] for message in caplog.messages[:2]] == [
        "points: expected shape (n",
        "data: expected a picture of shape (h",
    ]
    assert [message.split(": ")[:2] for message in caplog.messages[2:]] == [
        ["Stats.save_fits", "FileExistsError"],
        ["Stats.update", "TypeError"],
    ]


def test_pictures_of_every_layout_become_jpg_files(home: Path, tmp_path: Path) -> None:
    stats = Stats(run=gnomon.init(strict=True))
    shapes = {"grey": (5, 7), "rgb": (3, 5, 7), "last": (5, 7, 3), "batch": (2, 1, 5, 7), "one": (1, 3, 5, 7)}
    for prefix, shape in shapes.items():
        stats.save_jpg(np.random.default_rng(0).normal(size=shape), str(tmp_path), prefix, 1, 2, 3)
    sizes = {path.name: opened(path).shape[1::-1] for path in tmp_path.glob("*.jpg")}
    assert sizes == {f"{p}001_s00002_i00003.jpg": (14, 5) if p == "batch" else (7, 5) for p in shapes}


def test_points_are_written_so_that_every_float32_reads_back() -> None:
    xyz = vertices(np.random.default_rng(0).normal(size=(20, 4, 1)).astype(np.float32))
    obj = [line.split()[1:4] for line in as_obj(xyz).splitlines()]
    ply = [line.split() for line in as_ply(xyz).partition("end_header\n")[2].splitlines()]
    for read in (obj, ply):
        assert np.array_equal(np.array(read, np.float32), xyz)
    assert as_ply(xyz).startswith("ply\nformat ascii 1.0\nelement vertex 20\nproperty float x\n")
    assert json.loads(json.dumps(as_obj(xyz[:0]))) == ""
