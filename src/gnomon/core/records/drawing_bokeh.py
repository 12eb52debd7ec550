"""Bokeh's plots and layouts: their JSON, drawn by the BokehJS that came with the user's own Bokeh."""

from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from gnomon.core.errors import InputError
from gnomon.core.records.figure import Drawn
from gnomon.core.records.page import fragment
from gnomon.core.records.scripts import offer


def draw(model: Any, *, interactive: bool) -> Drawn:
    """Return a page with those parts of BokehJS that the model needs (widgets, tables, WebGL, formulas)."""
    del interactive
    embed, resources = import_module("bokeh.embed"), import_module("bokeh.resources")
    roots = getattr(model, "roots", None)
    if isinstance(roots, list):  # a whole document
        if len(roots) != 1:
            msg = f"Figure.figure: expected a Bokeh document with one root, received {len(roots)}. Put them in a column()."
            raise InputError(msg, field="figure")
        model = roots[0]
    spec = msgspec.json.encode(embed.json_item(model))
    bundle = import_module("bokeh.embed.bundle")
    needed = bundle.bundle_for_objs_and_resources([model], resources.Resources(mode="absolute", minified=True))
    files = [Path(str(file.url if hasattr(file, "url") else file)) for file in needed.js_files]
    scripts = [offer(file.name, file) for file in files]
    extra = [str(text) for text in needed.js_raw if "set_log_level" not in text]  # code of the user's own extensions
    scripts += [offer(f"bokeh-extra-{i}.js", text.encode()) for i, text in enumerate(extra)]
    width, height = getattr(model, "width", None), getattr(model, "height", None)
    return Drawn("html", "bokeh", fragment(spec, "Bokeh.embed.embed_item(spec, host);"), width, height, tuple(scripts))
