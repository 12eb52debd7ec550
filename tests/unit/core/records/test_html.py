"""HTML."""

import pytest

from gnomon.core.errors import InputError
from gnomon.core.records.html import TYPE, Html
from gnomon.core.records.suite import RecordTypeSuite


class TestHtmlType(RecordTypeSuite):
    record_type = TYPE
    any_bytes = True

    def samples(self) -> list[object]:
        return [Html("<p>é</p>"), Html("")]

    def nonsense(self) -> list[object]:
        return [Html(b"<p>")]  # type: ignore[arg-type]


def test_only_a_wrapper_says_that_a_text_is_html() -> None:
    assert TYPE.decode({}, b"<b>x</b>") == "<b>x</b>"
    with pytest.raises(InputError, match=r"expected gnomon.Html, received str. Wrap the text in gnomon.Html"):
        TYPE.encode("<b>x</b>")
