"""The files of versions: read once to be seen whole, and again when somebody wrote them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gnomon.core.errors import CorruptError
from gnomon.models.registry import files


@pytest.mark.usefixtures("home")
def test_a_file_is_read_again_only_when_it_was_written_since_or_lately(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries, _ = files.take(tmp_path, "digits", 1, {"model.npz": b"weights", "note.txt": b"note"})
    read: list[str] = []
    pieces = files._pieces

    def counted(source: Path | bytes) -> Iterator[bytes]:
        assert isinstance(source, Path)
        read.append(source.name)
        return pieces(source)

    def look(*, anew: bool = False) -> list[str]:
        read.clear()
        files.verify(tmp_path, "digits", 1, entries, anew=anew)
        return sorted(read)

    monkeypatch.setattr(files, "_pieces", counted)
    monkeypatch.setattr(files, "_UNSETTLED_NS", 1 << 62)  # as if both were written just now
    assert [look(), look()] == [["model.npz", "note.txt"]] * 2
    monkeypatch.setattr(files, "_UNSETTLED_NS", -(1 << 62))
    assert [look(), look(), look(anew=True)] == [["model.npz", "note.txt"], [], ["model.npz", "note.txt"]]
    weights = files.folder_of(tmp_path, "digits", 1) / "model.npz"
    os.utime(weights, ns=(1, 1))
    assert look() == ["model.npz"]
    weights.write_bytes(b"others!")
    os.utime(weights, ns=(2, 2))
    with pytest.raises(CorruptError, match=r"digits@1: model\.npz is changed"):
        look()
    weights.unlink()
    with pytest.raises(CorruptError, match=r"digits@1: model\.npz is missing"):
        look()
