"""The reference of components: what is generated is up to date, and the guide's own component passes the suite."""

import ast
import re
import runpy
from pathlib import Path

import pytest

from gnomon.graph.component import Seen
from gnomon.graph.registry import components
from gnomon.graph.spec import Spec

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/reference/components.md").read_text()
GUIDE = PAGE.partition("## Write your own component\n")[2].partition("<!--")[0]

# The guide's classes are classes of this module, so pytest finds `TestRepeat` here and runs it.
for block in re.findall(r"^```python\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL):
    exec(block, globals())


def test_the_guide_brings_a_component_and_its_tests() -> None:
    assert globals()["TestRepeat"].component.type == "mine/repeat@1"


def test_every_component_has_a_section_and_every_section_is_a_component() -> None:
    types = re.findall(r"^`([a-z]+/[a-z0-9_]+@[0-9]+)`$", PAGE, re.MULTILINE)
    assert types == list(components())


def test_the_sections_are_what_the_components_say() -> None:
    page = runpy.run_path(str(ROOT / "scripts/component_reference.py"))["page"]()
    assert page == PAGE, "out of date: run python scripts/component_reference.py"


@pytest.mark.parametrize("target", ["torch", "keras"])
def test_the_guides_component_reads_what_it_writes(target: str) -> None:
    node = globals()["Repeat"](times=5)
    x = Spec((7,))
    code = getattr(node, target)(x)
    made, called = (
        source and ast.parse(source.format("x0", layer="layer", name='"y"'), mode="eval").body
        for source in (code.make, code.call)
    )
    assert type(node).read(target, Seen(made, called, (x,))) == {"times": 5}
