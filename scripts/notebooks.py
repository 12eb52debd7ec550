"""Execute the example notebooks and keep their static outputs: `python scripts/notebooks.py [NAME ...]`."""

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parent.parent / "examples"
VIEW = "application/vnd.jupyter.widget-view+json"


def execute(path: Path) -> None:
    """Run a notebook in an empty home, and write it without what only a live kernel could show."""
    book = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(GNOMON_HOME=f"{folder}/home", GNOMON_AGENT="off", GNOMON_CAPTURE="off")
        NotebookClient(book, timeout=300, store_widget_state=False, resources={"metadata": {"path": folder}}).execute()
    book.metadata.pop("widgets", None)
    book.metadata.language_info = {"name": "python"}
    for cell in book.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(VIEW, None)
    nbformat.validate(book)
    nbformat.write(book, path)


if __name__ == "__main__":
    for found in sorted(FOLDER.glob("*.ipynb")):
        if not sys.argv[1:] or found.stem in sys.argv[1:]:
            execute(found)
