"""Write docs/reference/checks.md from the checks themselves.

    python scripts/check_reference.py

What stands above the mark in the page is written by hand and kept; tests/unit/graph/test_graph_docs.py compares the rest.
"""

from pathlib import Path

from gnomon.graph.checks import CHECKS, RULES, Rule

PAGE = Path(__file__).parents[1] / "docs/reference/checks.md"
MARK = "<!-- Below: written by scripts/check_reference.py. -->"
LEVELS = {"E": "Error", "W": "Warning", "T": "Tip"}
FAMILIES = {
    "0": "Edges and types",
    "1": "Parameters and inputs",
    "2": "Structure",
    "3": "Outputs and losses",
    "4": "Layers",
    "5": "Resources",
    "6": "Training",
    "7": "Data",
}


def section(rule: Rule) -> str:
    """Return what the page says of one rule."""
    return f"### {rule.code} · {rule.title}\n\n*{LEVELS[rule.code[0]]}.* {rule.why}\n"


def page(above: str) -> str:
    """Return the whole page, with what stands above the mark."""
    parts = [above.rstrip(), "", MARK, ""]
    family = ""
    for rule in RULES:
        if rule.code[1] != family:
            family = rule.code[1]
            parts += [f"## {FAMILIES[family]}", ""]
        parts.append(section(rule))
    return "\n".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8").partition(MARK)[0]), "utf-8")
    print(f"{PAGE.name}: {len(CHECKS)} checks, {len(RULES)} rules")
