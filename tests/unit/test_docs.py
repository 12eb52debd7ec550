"""What the documents point to is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.md")]
)
CODE = re.compile(r"`([a-z_./]+/[a-z_./-]+\.(?:py|tsx?|sh|toml|md|css))`", re.IGNORECASE)
ROOTS = (ROOT, ROOT / "src/gnomon", ROOT / "web", ROOT / "web/src")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_file_that_a_page_names_or_links_to_exists(page: Path) -> None:
    text = page.read_text()
    linked = {link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link}
    missing = {link for link in linked if link and not (page.parent / link).exists()}
    missing |= {name for name in CODE.findall(text) if not any((root / name).exists() for root in ROOTS)}
    assert missing == set()


def test_every_target_that_the_readme_names_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = "\n".join(page.read_text() for page in PAGES)
    named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", text))
    assert {"demo", "test"} <= named
    assert named - targets == set()


def test_what_may_be_imported_is_described() -> None:
    """The public names of the package, and every command, have their place in the reference."""
    import gnomon
    from gnomon.cli.main import cli

    written = "\n".join(path.read_text() for path in (ROOT / "docs/reference").glob("*.md"))
    commands = set(cli.list_commands(None))
    assert [
        name for name in gnomon.__all__ if f"gnomon.{name}" not in written and name not in {"Run", "__version__"}
    ] == []
    assert [name for name in sorted(commands) if f"gnomon {name}" not in written] == []
