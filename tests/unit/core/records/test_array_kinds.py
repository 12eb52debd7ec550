"""The conformance suite over every kind made of arrays, pictures, sound and scenes."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from gnomon.core.records import audio, embedding, fits, histogram, image, images, mesh, points, tensor, video
from gnomon.core.records.audio import Audio
from gnomon.core.records.embedding import Embedding
from gnomon.core.records.fits import Fits
from gnomon.core.records.histogram import Histogram
from gnomon.core.records.image import Image
from gnomon.core.records.images import Images
from gnomon.core.records.mesh import Mesh
from gnomon.core.records.points import Points
from gnomon.core.records.suite import RecordTypeSuite
from gnomon.core.records.tensor import Tensor
from gnomon.core.records.video import Video

RNG = np.random.default_rng(7)
PICTURE = RNG.integers(0, 256, (5, 7, 3), np.uint8)


def picture_file(format_: str, **options: Any) -> bytes:
    """Return PICTURE as a file."""
    out = io.BytesIO()
    Pillow.fromarray(PICTURE).save(out, format_, **options)
    return out.getvalue()


class TestTensorType(RecordTypeSuite):
    record_type = tensor.TYPE

    def samples(self) -> Sequence[object]:
        return [np.arange(6, dtype=">i2").reshape(2, 3), np.zeros((0, 4)), np.float16([1, np.nan]), Tensor([[1, 2]])]

    def nonsense(self) -> Sequence[object]:
        return [
            Tensor(object()),
            Tensor("text"),
            Tensor(np.array(["a"])),
            Tensor(np.array([{}])),
            Tensor([[1], [1, 2]]),
        ]


class TestImageType(RecordTypeSuite):
    record_type = image.TYPE

    def samples(self) -> Sequence[object]:
        files = [Image(picture_file(name)) for name in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")]
        arrays = [Image(PICTURE, "a caption", (0, 100)), Image(np.eye(4, dtype=bool)), Image(np.full((2, 2), np.nan))]
        return [*arrays, Pillow.fromarray(PICTURE), *files]

    def nonsense(self) -> Sequence[object]:
        wrong = [
            np.zeros((2, 3, 5)),
            np.zeros(4),
            np.zeros((2, 2), complex),
            b"no picture",
            "no/such/file.png",
            object(),
        ]
        options = [Image(PICTURE, layout="WHC"), Image(PICTURE, range=(1, 0)), Image(PICTURE, "x" * 2000)]
        return [*(Image(x) for x in wrong), *options, Image(PICTURE, layout="HW")]


class TestImagesType(RecordTypeSuite):
    record_type = images.TYPE

    def samples(self) -> Sequence[object]:
        batch = RNG.random((3, 5, 4)).astype(np.float32)
        mixed = [PICTURE, picture_file("PNG"), Image(np.eye(9), caption="eye"), Pillow.fromarray(PICTURE)]
        return [Images(batch, columns=2, range="each"), Images([PICTURE, PICTURE], ["a", "b"]), Images(mixed)]

    def nonsense(self) -> Sequence[object]:
        batch = np.zeros((3, 5, 5))
        return [Images(np.zeros(3)), Images(batch, ["a"]), Images(batch, columns=0), Images(3.5), Images([object()])]


class TestHistogramType(RecordTypeSuite):
    record_type = histogram.TYPE

    def samples(self) -> Sequence[object]:
        values = RNG.normal(size=1000)
        made = Histogram(counts=[1, 0, 5], edges=[0, 1, 2, 4])
        return [Histogram(values), Histogram([np.nan, 1.0], bins=3), Histogram([]), Histogram(values, 5, (-1, 1)), made]

    def nonsense(self) -> Sequence[object]:
        unordered = [
            Histogram(counts=[1], edges=[2, 1]),
            Histogram(counts=[1], edges=[1]),
            Histogram(counts=[-1], edges=[0, 1]),
        ]
        return [Histogram(None), Histogram([1], bins=0), Histogram([1j]), Histogram([1], range=(1, 1)), *unordered]


class TestPointsType(RecordTypeSuite):
    record_type = points.TYPE

    def samples(self) -> Sequence[object]:
        xyz = RNG.normal(size=(4, 3))
        rich = Points(xyz, rgb=np.eye(4)[:, :3], labels=[0, 1, 0, 2], names=["a", "b", "c"], values=[1, 2, 3, np.nan])
        return [Points(xyz), Points(xyz[:, :2], labels=[1, 2, 3, 4]), rich, Points(np.zeros((0, 3)))]

    def nonsense(self) -> Sequence[object]:
        xyz = np.zeros((2, 3))
        wrong = [
            Points(np.zeros((2, 5))),
            Points(xyz, rgb=np.zeros(3)),
            Points(xyz, labels=[0.5, 1]),
            Points(xyz, values=[1]),
        ]
        return [*wrong, Points(xyz, rgb=np.full((2, 3), 2.0)), Points("x"), Points(xyz, labels=[0, 2**40])]


class TestEmbeddingType(RecordTypeSuite):
    record_type = embedding.TYPE

    def samples(self) -> Sequence[object]:
        return [Embedding(RNG.normal(size=(5, 9))), Embedding(np.eye(3), labels=[0, 1, 1], names=["cat", "dog"])]

    def nonsense(self) -> Sequence[object]:
        return [Embedding(np.zeros(3)), Embedding(np.eye(2), labels=[1]), Embedding(np.zeros((1, 70_000)))]


class TestMeshType(RecordTypeSuite):
    record_type = mesh.TYPE

    def samples(self) -> Sequence[object]:
        corners = RNG.normal(size=(4, 3))
        return [
            Mesh(corners, [[0, 1, 2], [3, 2, 1]]),
            Mesh(corners, [[0, 1, 3]], rgb=np.zeros((4, 3), np.uint8)),
            Mesh(corners, []),
        ]

    def nonsense(self) -> Sequence[object]:
        corners = np.zeros((3, 3))
        return [
            Mesh(corners, [[0, 1, 3]]),
            Mesh(corners, [[0, 1]]),
            Mesh(corners, [[0.0, 1, 2]]),
            Mesh(corners, [[-1, 0, 1]]),
        ]


class TestFitsType(RecordTypeSuite):
    record_type = fits.TYPE

    def samples(self) -> Sequence[object]:
        counts = RNG.integers(0, 60_000, (3, 4), np.uint16)
        return [Fits(counts), Fits([[1.5, np.nan]], header={"OBJECT": "M31"}), Fits(fits.write(counts, {}))]

    def nonsense(self) -> Sequence[object]:
        image = np.zeros((2, 2))
        cards: list[dict[str, object]] = [{"A LONG NAME": 1}, {"A": "x" * 80}, {"A": np.nan}, {"A": "é"}]
        return [
            Fits(b"no fits"),
            Fits(np.zeros(2, complex)),
            Fits("no/such.fits"),
            *(Fits(image, header=c) for c in cards),
        ]


class TestAudioType(RecordTypeSuite):
    record_type = audio.TYPE

    def samples(self) -> Sequence[object]:
        tone = np.sin(np.arange(64) / 3)
        formats = [Audio((tone * 100).astype(t), 8000) for t in (np.int16, np.int32)]
        return [
            Audio(tone, 16_000, "a tone"),
            Audio(np.stack([tone, -tone]), 44_100),
            Audio(np.uint8([1, 2, 3]), 8000),
            *formats,
        ]

    def nonsense(self) -> Sequence[object]:
        tone = np.zeros(9)
        return [
            Audio(tone),
            Audio(tone, 0),
            Audio(tone, 0.5),
            Audio(np.zeros((3, 3, 3)), 8),
            Audio(tone.astype(np.int64), 8),
            Audio(b"?"),
        ]


class TestVideoType(RecordTypeSuite):
    record_type = video.TYPE

    def samples(self) -> Sequence[object]:
        frames = RNG.integers(0, 256, (4, 6, 8, 3), np.uint8)
        return [
            Video(frames),
            Video(frames.transpose(0, 3, 1, 2), fps=2.5),
            Video(frames[..., 0] / 255.0),
            Video(picture_file("GIF")),
        ]

    def nonsense(self) -> Sequence[object]:
        frames = np.zeros((2, 6, 8, 3))
        return [Video(frames[0, 0]), Video(frames, fps=0), Video(b"no video"), Video(frames, layout="HWC"), Video(7.5)]


def test_a_large_file_is_attached_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(bytes(audio.TYPE.encode(Audio(np.zeros(600_000, np.int16), 8000)).data))  # type: ignore[arg-type]
    encoded = audio.TYPE.encode(Audio(path, caption="long"))
    assert encoded.data == path
    meta = {"format": "wav", "rate": 8000, "channels": 1, "frames": 600_000, "seconds": 75.0, "caption": "long"}
    assert encoded.meta == meta
