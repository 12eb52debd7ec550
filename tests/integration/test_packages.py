"""What is installed: a wheel that holds everything the server shows and the demo trains on, and exact versions of the rest."""

import gzip
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution, distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel of this tree, built as a user would."""
    fresh = "import build_web, sys; sys.exit(not build_web.is_fresh())"
    if subprocess.run([sys.executable, "-c", fresh], cwd=ROOT / "scripts", check=False).returncode:
        pytest.skip("the web UI is not built from these sources; make test builds it first")
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    [path] = folder.glob("gnomon-*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


@pytest.mark.slow
def test_the_wheel_holds_the_built_page_and_every_file_that_it_names(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    page = wheel.read("gnomon/static/index.html").decode()
    wanted = {name.removeprefix("./") for name in re.findall(r'(?:src|href)="([^"]+)"', page)}
    assert {name for name in wanted if name.endswith((".js", ".css", ".svg"))} == wanted
    assert any(name.endswith(".js") for name in wanted)
    assert {f"gnomon/static/{name}" for name in (*wanted, "THIRD_PARTY.txt")} <= names
    assert all(wheel.getinfo(f"gnomon/static/{name}").file_size > 0 for name in wanted)


@pytest.mark.slow
def test_the_wheel_holds_the_widgets_each_in_one_file_that_needs_no_other(wheel: zipfile.ZipFile) -> None:
    sources = {path.stem for path in (ROOT / "web/src/widgets").glob("*.ts") if "export default" in path.read_text()}
    built = {name: wheel.read(name).decode() for name in wheel.namelist() if name.startswith("gnomon/static/widgets/")}
    assert sources
    assert set(built) == {f"gnomon/static/widgets/{name}.js" for name in sources}
    for name, script in built.items():
        assert re.search(r"\bexport ?(default|\{[^}]+ as default)", script), name
        assert re.findall(r"""\bimport ?\(?["'{]|\bfrom ?["']""", script) == [], name


FIRST_SCRIPTS_BYTES = 164_000
"""Compressed, of all that the page names; React takes 60,000 of them."""


@pytest.mark.slow
def test_what_the_page_loads_before_it_draws_is_small(wheel: zipfile.ZipFile) -> None:
    page = wheel.read("gnomon/static/index.html").decode()
    scripts = re.findall(r'<script[^>]+src="\./([^"]+)"', page) + re.findall(
        r'rel="modulepreload"[^>]+href="\./([^"]+)"', page
    )
    assert scripts
    sizes = {name: len(gzip.compress(wheel.read(f"gnomon/static/{name}"), 9)) for name in scripts}
    assert sum(sizes.values()) <= FIRST_SCRIPTS_BYTES, sizes


@pytest.mark.slow
def test_the_wheel_holds_the_digits_with_their_licence_the_types_and_the_commands(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    data = sorted(name for name in names if name.startswith("gnomon/models/") and not name.endswith(".py"))
    sources = {p.relative_to(ROOT / "src").as_posix() for p in (ROOT / "src/gnomon/models").rglob("*") if p.is_file()}
    assert data == sorted(name for name in sources if not name.endswith((".py", ".pyc")))
    assert data
    assert b"CC BY 4.0" in b"".join(wheel.read(name) for name in data if name.endswith((".md", ".txt")))
    assert "gnomon/py.typed" in names
    assert not [name for name in names if name.startswith(("tests/", "web/")) or "node_modules" in name]
    [entries] = [wheel.read(name).decode() for name in names if name.endswith("/entry_points.txt")]
    assert "gnomon = gnomon.cli.main:main" in entries


def needed(roots: set[str]) -> set[str]:
    """Return the installed distributions that `roots` need, themselves included."""
    installed = {normal(d.metadata["Name"]) for d in distributions()}
    found: set[str] = set()
    pending = {normal(name) for name in roots}
    while pending:
        name = pending.pop()
        if name not in installed or name in found:
            continue
        found.add(name)
        lines = [line for line in distribution(name).requires or [] if "extra ==" not in line]
        pending |= {normal(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in lines}
    return found


def test_every_package_that_is_installed_has_one_exact_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    asked = [*project["project"]["dependencies"], *groups["build"], *(g for g in groups["dev"] if isinstance(g, str))]
    roots = {re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in asked}
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.+!]+( *;.*)?", line)] == []
    pinned = {normal(line.partition("==")[0]) for line in lines}
    assert needed(roots) - pinned == set()


def test_the_makefile_installs_nothing_without_the_constraints() -> None:
    lines = (ROOT / "Makefile").read_text().splitlines()
    assert [line for line in lines if re.search(r"\bpip install\b", line) and "-c constraints.txt" not in line] == []


def test_the_lock_of_the_web_ui_has_a_checksum_for_every_package_and_no_address() -> None:
    packages = json.loads((ROOT / "web/package-lock.json").read_text())["packages"]
    bare = [name for name, package in packages.items() if name and not package.get("integrity", "").startswith("sha")]
    assert bare == []
    assert [name for name, package in packages.items() if "resolved" in package] == []
    stated = packages[""]["dependencies"] | packages[""]["devDependencies"]
    assert [name for name, version in stated.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
