"""Text, plain or Markdown."""

import pytest

import gnomon
from gnomon.core.errors import CorruptError, InputError
from gnomon.core.records.suite import RecordTypeSuite
from gnomon.core.records.text import TYPE, Text


class TestTextType(RecordTypeSuite):
    record_type = TYPE
    any_bytes = True

    def samples(self) -> list[object]:
        return ["", "héllo\nworld", Text("# A\n- b", format="markdown"), Text("plain")]

    def nonsense(self) -> list[object]:
        return [Text(3), Text("x", format="latex")]  # type: ignore[arg-type]


def test_text_comes_back_as_text_and_lone_surrogates_as_question_marks() -> None:
    encoded = TYPE.encode("a\ud800é")
    assert (encoded.meta, encoded.data) == ({}, "a?é".encode())
    assert TYPE.decode({"format": "markdown"}, b"# A") == "# A"
    assert TYPE.summary({"format": "markdown"}, 3) == "Markdown, 3 bytes"


def test_bytes_that_are_no_text_are_corrupt() -> None:
    with pytest.raises(CorruptError, match="expected UTF-8, received byte 0xff at 1"):
        TYPE.decode({}, b"a\xff")


def test_what_is_wrong_with_a_wrapper_is_said_when_it_is_logged_not_before() -> None:
    with pytest.raises(InputError, match=r"Text.format: expected one of plain, markdown, received 'html'"):
        TYPE.encode(gnomon.Text("x", format="html"))
