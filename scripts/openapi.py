"""Write web/src/api/openapi.json, from which the UI's TypeScript types are made; `--check` fails when it is stale."""

import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "web" / "src" / "api" / "openapi.json"
sys.path.insert(0, str(ROOT / "src"))


def make() -> str:
    """Return the document as text, the same for every run of the same code."""
    from gnomon.server.app import create_app  # noqa: PLC0415  # after the path is set
    from gnomon.server.openapi import document  # noqa: PLC0415
    from gnomon.store.home import Home  # noqa: PLC0415
    from gnomon.store.memory import MemoryEngine  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder, Home(Path(folder), MemoryEngine()) as home:
        return json.dumps(document(create_app(home).state.operations), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write or check; the exit status is 1 when `--check` finds a difference."""
    text = make()
    if "--check" in sys.argv:
        if TARGET.is_file() and TARGET.read_text("utf-8") == text:
            return 0
        print(f"{TARGET.relative_to(ROOT)} does not match the server. Run: python scripts/openapi.py")
        return 1
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text, "utf-8")
    print(f"wrote {TARGET.relative_to(ROOT)}, {len(text)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
