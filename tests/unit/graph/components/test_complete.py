"""No component goes without its suite."""

import re
from pathlib import Path

from gnomon.graph.registry import components

ELSEWHERE = {"core/code@1", "core/subgraph@1"}
"""Those whose code is what their author wrote, or another graph: tests of code and of graphs have them."""


def test_every_component_has_a_suite() -> None:
    texts = [path.read_text() for path in Path(__file__).parent.glob("test_*.py")]
    tested = {name for text in texts for name in re.findall(r"^    component = (\w+)$", text, re.MULTILINE)}
    assert {each.__name__ for type_, each in components().items() if type_ not in ELSEWHERE} <= tested
