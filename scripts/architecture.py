"""Draw the package picture of docs/architecture.md from the imports, between its two markers.

python scripts/architecture.py          rewrite the picture
python scripts/architecture.py --check  fail when it no longer matches the code
"""

import sys
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/architecture.md"
START, END = "<!-- picture: start (scripts/architecture.py) -->", "<!-- picture: end -->"
ROWS = (("cli",), ("server",), ("models",), ("integrations",), ("sdk",), ("analysis", "graph", "store"), ("core",))


def picture() -> str:
    """Return a Mermaid flow chart: one box per package, one arrow per pair of packages that import each other."""
    graph = grimp.build_graph("gnomon")
    names = [name for row in ROWS for name in row]
    lines = ["```mermaid", "flowchart TD", *(f"  {name}" for name in names)]
    for importer in names:
        for imported in names:
            if importer == imported:
                continue
            chains = graph.find_modules_directly_imported_by
            inside = {f"gnomon.{importer}", *graph.find_descendants(f"gnomon.{importer}")}
            target = {f"gnomon.{imported}", *graph.find_descendants(f"gnomon.{imported}")}
            if any(chains(module) & target for module in inside):
                lines.append(f"  {importer} --> {imported}")
    return "\n".join([*lines, "```"])


def main() -> None:
    """Rewrite the page, or compare it."""
    text = PAGE.read_text()
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    drawn = f"{before}{START}\n{picture()}\n{END}{after}"
    if "--check" in sys.argv:
        if drawn != text:
            sys.exit("docs/architecture.md: the picture no longer matches the imports. Run `make docs`.")
        return
    PAGE.write_text(drawn)


if __name__ == "__main__":
    main()
