"""Meshes from files, histograms beside NumPy, own types."""

import io
import struct
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

import gnomon
from gnomon.core.errors import InputError, MissingExtraError
from gnomon.core.records import advice, audio, converters, histogram, mesh, registry, video
from gnomon.core.records.audio import Audio
from gnomon.core.records.histogram import Histogram
from gnomon.core.records.mesh import Mesh
from gnomon.core.records.ply import read_ply
from gnomon.core.records.record_type import Encoded
from gnomon.core.records.video import Video
from gnomon.core.records.wav import read_wav

CORNERS = np.float32([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 2.5]])
COLOURS = np.uint8([[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 8, 7]])
FAN = [[0, 1, 2], [0, 2, 3]]
HEAD = "ply\nformat {} 1.0\ncomment made by a test\nelement vertex 4\nproperty float x\nproperty float y\nproperty float z\n"
HEAD += "property uchar red\nproperty uchar green\nproperty uchar blue\nelement face {}\n"
HEAD += "property list uchar int vertex_indices\nend_header\n"


def ply(form: str, faces: list[list[int]]) -> bytes:
    """Return the square with colours as PLY."""
    head = HEAD.format(form, len(faces)).encode()
    if form == "ascii":
        rows = [" ".join(f"{v:g}" for v in (*xyz, *rgb)) for xyz, rgb in zip(CORNERS, COLOURS, strict=True)]
        return head + "\n".join([*rows, *(" ".join(map(str, [len(f), *f])) for f in faces)]).encode()
    order = "<" if "little" in form else ">"
    body = b"".join(struct.pack(f"{order}3f3B", *xyz, *rgb) for xyz, rgb in zip(CORNERS, COLOURS, strict=True))
    return head + body + b"".join(struct.pack(f"{order}B{len(f)}i", len(f), *f) for f in faces)


@pytest.mark.parametrize("form", ["ascii", "binary_little_endian", "binary_big_endian"])
@pytest.mark.parametrize("faces", [FAN, [[0, 1, 2, 3]]])
def test_ply_files_of_every_form_are_the_same_mesh(form: str, faces: list[list[int]], tmp_path: Path) -> None:
    path = tmp_path / "square.ply"
    path.write_bytes(ply(form, faces))
    found = Mesh.load(path)
    assert [np.asarray(part).tolist() for part in (found.vertices, found.faces, found.rgb)] == [
        CORNERS.tolist(),
        FAN,
        COLOURS.tolist(),
    ]
    assert mesh.TYPE.encode(found).meta == {
        "vertices": 4,
        "faces": 2,
        "rgb": True,
        "low": [0, 0, 0],
        "high": [1, 1, 2.5],
    }


def test_a_ply_cloud_has_no_faces() -> None:
    text = b"ply\nformat ascii 1.0\nelement vertex 1\nproperty double x\nproperty double y\nproperty double z\nend_header\n1 2 3\n"
    vertices, faces, rgb = read_ply(text)
    assert (vertices.tolist(), faces.shape, rgb) == ([[1, 2, 3]], (0, 3), None)


def test_obj_files_name_vertices_from_one_or_from_the_last(tmp_path: Path) -> None:
    path = tmp_path / "square.obj"
    corners = "\n".join("v " + " ".join(f"{v:g}" for v in corner) for corner in CORNERS)
    path.write_text(f"# a square\n{corners}\nvn 0 0 1\nf 1/1/1 2//1 3\nf -4 -2 -1\n")
    found = Mesh.load(path)
    assert [np.asarray(found.vertices).tolist(), np.asarray(found.faces).tolist(), found.rgb] == [
        CORNERS.tolist(),
        FAN,
        None,
    ]
    with pytest.raises(InputError, match=r"\.ply or \.obj"):
        Mesh.load(tmp_path / "square.stl")


def test_a_histogram_says_how_many_and_between_what() -> None:
    encoded = histogram.TYPE.encode(Histogram([1.0, 2.0, 2.0, np.nan, np.inf, 4.0], bins=3))
    assert encoded.meta == {
        "bins": 3,
        "n": 6,
        "bad": 2,
        "low": 1.0,
        "high": 4.0,
        "mean": 2.25,
        "std": pytest.approx(1.0897, rel=1e-4),
    }
    found = histogram.TYPE.decode(encoded.meta, bytes(encoded.data))  # type: ignore[arg-type]
    assert (np.asarray(found.edges).tolist(), np.asarray(found.counts).tolist()) == ([1, 2, 3, 4], [1, 2, 1])


@pytest.mark.parametrize(
    "values", [[-1e308, 1e308], [1.0, np.nextafter(1.0, 2)], [5e-324, 0.0], [1e300] * 3, [np.nan], [7]]
)
def test_values_at_the_ends_of_float64_are_counted(values: list[float]) -> None:
    encoded = histogram.TYPE.encode(Histogram(values))
    found = histogram.TYPE.decode(encoded.meta, bytes(encoded.data))  # type: ignore[arg-type]
    edges = np.asarray(found.edges)
    assert np.asarray(found.counts).sum() == np.isfinite(values).sum()
    assert np.isfinite(edges).all()
    assert (np.diff(edges) >= 0).all()
    assert edges[0] < edges[-1]


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "float32"])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_sound_comes_back_sample_for_sample(dtype: str, channels: int) -> None:
    samples = (np.random.default_rng(1).normal(size=(101, channels)) * 50 + 100).astype(dtype)
    encoded = audio.TYPE.encode(Audio(samples, 22_050))
    back, rate = read_wav(bytes(encoded.data))  # type: ignore[arg-type]
    assert (back.dtype, rate, back.tobytes()) == (samples.dtype, 22_050, samples.tobytes())
    turned = audio.TYPE.encode(Audio(samples.T, 22_050))
    assert (turned.meta, turned.data) == (encoded.meta, encoded.data)


def test_what_we_write_is_read_by_another_reader(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    tone = (np.sin(np.arange(800) / 5) * 30_000).astype(np.int16)
    encoded = audio.TYPE.encode(Audio(np.stack([tone, -tone], axis=1), 8000))
    with av.open(io.BytesIO(bytes(encoded.data))) as file:  # type: ignore[arg-type]
        frames = [frame.to_ndarray().reshape(-1, 2) for frame in file.decode(audio=0)]
        assert file.streams.audio[0].rate == 8000
    assert np.concatenate(frames).tolist() == np.stack([tone, -tone], axis=1).tolist()


@pytest.mark.parametrize("codec", ["flac", "libopus", "libmp3lame"])
def test_the_headers_of_sound_files_are_read(codec: str) -> None:
    av = pytest.importorskip("av")
    format_ = {"flac": "flac", "libopus": "ogg", "libmp3lame": "mp3"}[codec]
    out = io.BytesIO()
    with av.open(out, "w", format=format_) as file:
        stream = file.add_stream(codec, rate=48_000)
        stream.layout = "mono"
        kind = {"flac": "s16", "libopus": "flt", "libmp3lame": "fltp"}[codec]
        samples = np.zeros((1, 4_608), np.int16 if kind == "s16" else np.float32)
        frame = av.AudioFrame.from_ndarray(samples, format=kind, layout="mono")
        frame.sample_rate = 48_000
        for packet in [*stream.encode(frame), *stream.encode()]:
            file.mux(packet)
    meta = audio.TYPE.encode(Audio(out.getvalue())).meta
    assert meta["format"] == format_
    assert (meta.get("rate"), meta.get("channels")) == ((None, None) if format_ == "mp3" else (48_000, 1))


@pytest.mark.parametrize(("ending", "exact"), [("gif", True), ("webp", True), ("mp4", False)])
def test_a_video_is_saved_and_read_back(ending: str, exact: bool, tmp_path: Path) -> None:
    if ending == "mp4":
        pytest.importorskip("av")
    levels = np.uint8([0, 60, 120, 250])
    frames = np.broadcast_to(levels[:, None, None, None], (4, 9, 11, 3))
    path = Video(frames, fps=5).save(tmp_path / f"levels.{ending}")
    back = Video(path).array()
    assert back.shape == ((4, 9, 11, 3) if exact else (4, 10, 12, 3))
    assert np.abs(back.astype(int).mean(axis=(1, 2, 3)) - levels).max() <= (0 if exact else 3)
    assert video.TYPE.encode(Video(path)).meta == {"format": ending}


def test_floats_are_saved_from_black_to_white(tmp_path: Path) -> None:
    path = Video(np.array([[[-1.0]], [[3.0]]]), fps=10).save(tmp_path / "two.gif")
    with Pillow.open(path) as picture:
        assert (picture.n_frames, picture.info["duration"]) == (2, 100)  # type: ignore[attr-defined]
    assert Video(path).array()[:, 0, 0, 0].tolist() == [0, 255]
    with pytest.raises(InputError, match=r"\.gif, \.webp or \.mp4"):
        Video(np.zeros((1, 2, 2))).save(tmp_path / "x.avi")


def test_mp4_without_the_extra_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    with pytest.raises(MissingExtraError, match=r"gnomon\[media\]"):
        Video(np.zeros((2, 4, 4))).save(tmp_path / "x.mp4")


class Rotation:
    """A type of a user's own."""

    degrees = 90.0


class Quarter(Rotation):
    """A subclass of it."""


@pytest.fixture(autouse=True)
def _own_converters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converters, "_converters", {})


def test_own_types_are_logged_as_what_their_converter_makes() -> None:
    gnomon.register(Rotation, lambda rotation: np.full((2, 2), rotation.degrees))
    encoded = registry.encode(Quarter())
    assert encoded is not None
    assert (encoded.kind, encoded.meta["high"]) == ("tensor", 90.0)
    gnomon.register(Quarter, lambda _: Encoded("turn", {"n": 1}, b"q"))
    assert registry.encode(Quarter()) == Encoded("turn", {"n": 1}, b"q")
    assert registry.encode(Rotation()) != registry.encode(Quarter())


def test_converters_without_end_are_found_out() -> None:
    gnomon.register(Rotation, lambda rotation: rotation)
    with pytest.raises(InputError, match="without end"):
        registry.encode(Rotation())
    wrong: Any = "no class"
    with pytest.raises(InputError, match="expected a class"):
        gnomon.register(wrong, str)


def test_a_broken_plugin_costs_its_own_kind_and_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = EntryPoint("turn", "no_such_package:TYPE", registry.GROUP)
    monkeypatch.setattr(advice, "_said", set())
    monkeypatch.setattr(registry, "entry_points", lambda group: [broken] if group == registry.GROUP else [])
    caches: list[Any] = [registry._entries, registry._load, registry._by_wrapper]
    for cached in caches:
        cached.cache_clear()
    try:
        assert "turn" not in registry.types()
        assert registry.type_of("turn") is registry.type_of("file")
        assert len(registry.types()) == len(registry._BUILT_IN)
        assert [message[:19] for message in caplog.messages] == ["Record type 'turn' "]
    finally:
        for cached in caches:
            cached.cache_clear()


def test_unknown_kinds_are_files_and_unknown_values_nobody_s() -> None:
    assert registry.type_of("hologram") is registry.type_of("file")
    assert registry.encode(object()) is None


def test_every_wrapper_is_a_name_of_gnomon() -> None:
    wrappers = {type_.wrapper for type_ in registry.types().values() if type_.wrapper}
    assert {getattr(gnomon, wrapper.__name__) for wrapper in wrappers} == wrappers
    assert {wrapper.__name__ for wrapper in wrappers} <= set(gnomon.__all__)
