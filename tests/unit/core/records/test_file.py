"""Files and bytes."""

from pathlib import Path

import pytest

from gnomon.core.errors import InputError
from gnomon.core.records.file import TYPE, File
from gnomon.core.records.suite import RecordTypeSuite

HERE = Path(__file__)


class TestFileType(RecordTypeSuite):
    record_type = TYPE
    any_bytes = True

    def samples(self) -> list[object]:
        return [b"abc", bytearray(b"x"), File(b"%PDF", name="a.pdf"), File(HERE), File(str(HERE), name="b.txt")]

    def nonsense(self) -> list[object]:
        return [File(HERE.parent), File("/no/such/file"), File(3)]


def test_names_say_the_media_type_and_carry_no_folders() -> None:
    assert TYPE.encode(File(b"x", name="../../etc/a b.PDF")).meta == {
        "name": "a b.PDF",
        "media_type": "application/pdf",
    }
    assert TYPE.encode(File(b"x", name="a.bin", media_type="model/x")).meta == {
        "name": "a.bin",
        "media_type": "model/x",
    }
    assert TYPE.encode(b"x").meta == {"name": "data", "media_type": "application/octet-stream"}
    assert TYPE.encode(File(HERE)).data == HERE
    assert File(b"x", name="a\nb\0.txt").name == "ab.txt"
    assert TYPE.summary({"name": "a.pdf"}, 1500) == "a.pdf, 1,500 bytes"


def test_a_folder_is_refused_with_what_to_do() -> None:
    with pytest.raises(InputError, match=r"received the folder .*shutil.make_archive"):
        TYPE.encode(File(HERE.parent))
    with pytest.raises(InputError, match="/dev/null, which is no regular file"):
        TYPE.encode(File("/dev/null"))
