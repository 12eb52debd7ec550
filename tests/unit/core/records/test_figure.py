"""Figures of every library, as drawings or as pages whose scripts are kept beside them."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gnomon.core.errors import InputError, MissingExtraError
from gnomon.core.records import registry, scripts
from gnomon.core.records.figure import TYPE, Drawn, Figure, library_of
from gnomon.core.records.record_type import Encoded
from gnomon.core.records.suite import RecordTypeSuite, travelled

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")


def figure(title: str = "Überschrift <1> & mehr") -> Any:
    figures = pytest.importorskip("matplotlib.figure")
    drawn = figures.Figure()
    axes = drawn.add_subplot()
    axes.plot([1, 2, 3], [3, 1, 2])
    axes.set_title(title)
    return drawn


def encode(value: object) -> Encoded:
    encoded = registry.encode(value)
    assert encoded is not None
    return encoded


def spec_of(encoded: Encoded) -> Any:
    """Return the data that a page draws."""
    text = bytes(encoded.data).decode()  # type: ignore[arg-type]
    return json.loads(text.partition('id="figure-spec">')[2].partition("</script>")[0])


class TestFigureType(RecordTypeSuite):
    record_type = TYPE
    any_bytes = True

    def samples(self) -> list[object]:
        plotly = pytest.importorskip("plotly.graph_objects")
        return [figure(), Figure(figure()), plotly.Figure(plotly.Scatter(y=[1, 2]))]

    def nonsense(self) -> list[object]:
        return [Figure(3), Figure("<p>not of mpld3</p>"), Figure(np.zeros(3))]


def test_matplotlib_becomes_svg_that_keeps_its_text() -> None:
    drawn = figure()
    encoded = encode(drawn)
    assert encoded.meta == {"format": "svg", "library": "matplotlib", "width": 614, "height": 461}
    assert "Überschrift &lt;1&gt; &amp; mehr</text>" in bytes(encoded.data).decode()  # type: ignore[arg-type]
    assert encode(drawn.axes[0]) == encode(drawn) == encoded
    assert TYPE.decode(*travelled(encoded)).text.startswith("<?xml")


def test_pyplot_stands_for_its_current_figure() -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.figure(figsize=(2, 1))
    try:
        assert encode(pyplot).meta == {"format": "svg", "library": "matplotlib", "width": 192, "height": 96}
    finally:
        pyplot.close("all")


def test_formulas_are_outlines_and_crowded_figures_a_picture() -> None:
    assert b"<text" not in bytes(encode(figure("$x^2$")).data)  # type: ignore[arg-type]
    crowded = figure()
    crowded.axes[0].scatter(*np.random.default_rng(0).random((2, 30_000)), s=1)
    encoded = encode(crowded)
    assert encoded.meta == {"format": "png", "library": "matplotlib", "width": 614, "height": 461}
    assert bytes(encoded.data).startswith(b"\x89PNG")  # type: ignore[arg-type]


def test_interactive_matplotlib_is_a_page_of_mpld3() -> None:
    pytest.importorskip("mpld3")
    encoded = encode(Figure(figure(), interactive=True))
    assert (encoded.meta["format"], encoded.meta["library"]) == ("html", "mpld3")
    assert [scripts.find(s).name.partition(".")[0] for s in encoded.meta["scripts"]] == ["d3", "mpld3"]  # type: ignore[union-attr]
    assert spec_of(encoded)["axes"][0]["texts"][-1]["text"] == "Überschrift <1> & mehr"


def test_plotly_keeps_its_data_and_names_the_script_of_the_users_own_package() -> None:
    plotly = pytest.importorskip("plotly.graph_objects")
    encoded = encode(plotly.Figure(plotly.Scatter(y=[1.5, 2.5], name="</script>\u2028"), {"width": 300}))
    (name,) = encoded.meta["scripts"]
    assert encoded.meta == {"format": "html", "library": "plotly", "width": 300, "scripts": [name]}
    script = scripts.find(name)
    assert script is not None
    assert isinstance(script.source, Path)
    assert hashlib.sha256(script.source.read_bytes()).hexdigest() == name
    assert spec_of(encoded)["data"][0]["name"] == "</script>\u2028"
    assert len(encoded.data) < 10_000  # type: ignore[arg-type]


def test_bokeh_names_the_parts_of_its_script_that_it_needs() -> None:
    plotting = pytest.importorskip("bokeh.plotting")
    plot = plotting.figure(width=300, height=200)
    plot.line([1, 2], [3, 4])
    encoded = encode(plot)
    assert (encoded.meta["library"], encoded.meta["width"], encoded.meta["height"]) == ("bokeh", 300, 200)
    assert [scripts.find(s).name for s in encoded.meta["scripts"]] == ["bokeh.min.js"]  # type: ignore[union-attr]
    models = pytest.importorskip("bokeh.models")
    slider = encode(models.Column(children=[models.Slider(start=0, end=1, value=0)]))
    assert [scripts.find(s).name for s in slider.meta["scripts"]] == ["bokeh.min.js", "bokeh-widgets.min.js"]  # type: ignore[union-attr]


def test_altair_is_drawn_by_the_vega_that_vl_convert_carries_or_kept_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    altair = pytest.importorskip("altair")
    chart = altair.Chart(altair.InlineData([{"a": 1}])).mark_point().encode(x="a:Q")
    if pytest.importorskip("vl_convert"):
        encoded = encode(chart)
        (script,) = map(scripts.find, encoded.meta["scripts"])
        assert script is not None
        assert (encoded.meta["library"], script.name.startswith("vega-lite-")) == ("altair", True)
        assert spec_of(encoded)["mark"] == {"type": "point"}
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    plain = encode(chart)
    hint = "Install vl-convert-python to see this chart of Altair drawn."
    assert (plain.kind, plain.meta) == ("json", {"library": "altair", "hint": hint})
    assert json.loads(bytes(plain.data))["mark"] == {"type": "point"}  # type: ignore[arg-type]


def test_a_page_that_mpld3_made_is_kept_as_it_is() -> None:
    page = "<div id='f'></div><script>mpld3.draw_figure('f', {})</script>"
    assert encode(Figure(page)).meta == {"format": "html", "library": "mpld3"}
    assert bytes(encode(Figure(page)).data) == page.encode()  # type: ignore[arg-type]


def test_what_is_missing_is_said_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"received ndarray. Pass fig, not what plotting returned"):
        TYPE.encode(Figure(np.zeros(3)))
    monkeypatch.setitem(sys.modules, "mpld3", None)
    with pytest.raises(MissingExtraError, match="needs mpld3"):
        TYPE.encode(Figure(figure(), interactive=True))
    with pytest.raises(InputError, match=r"expected plotly.min.js at /no/such"):
        scripts.offer("plotly.min.js", Path("/no/such/plotly.min.js"))


def test_no_library_is_imported_to_ask_what_a_value_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in ("matplotlib", "plotly", "bokeh", "altair")]:
        monkeypatch.delitem(sys.modules, name)
    before = set(sys.modules)
    assert library_of(object()) is None
    assert set(sys.modules) == before


def test_a_decoded_figure_holds_what_a_viewer_needs() -> None:
    meta = {"format": "html", "library": "plotly", "scripts": ["ab" * 32], "width": 300}
    drawn = TYPE.decode(meta, b"<div></div>")
    assert (drawn.format, drawn.library, drawn.text, drawn.width, drawn.height, drawn.scripts) == (
        "html", "plotly", "<div></div>", 300, None, ("ab" * 32,),
    )  # fmt: skip
    assert isinstance(drawn, Drawn)
