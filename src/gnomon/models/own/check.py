"""The conformance suite on one file, in a process of its own: `python -P -m gnomon.models.own.check FILE`.

The last line of its standard output is a JSON map, `Checked`; what the file prints goes to standard error.
"""

import io
import os
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Final

import msgspec

from gnomon.core.errors import GnomonError, UserCodeError
from gnomon.models.own.load import FILE
from gnomon.models.own.service import describe

MODULE: Final = "gnomon.models.own.check"
_TEST: Final = """
import os
from pathlib import Path

from gnomon.graph.suite import ComponentSuite
from gnomon.models.own.load import loaded


class TestOwn(ComponentSuite):
    component = loaded(Path(os.environ["GNOMON_OWN_FILE"]).read_text("utf-8"))
"""


class Promise(msgspec.Struct):
    """One of the promises of components: `kept`, `broken` or `skipped`, and why; `line` of the file where it shows."""

    name: str
    outcome: str
    why: str = ""
    line: int = 0


class Checked(msgspec.Struct):
    """What came of it; `trouble` is why nothing could be checked."""

    name: str = ""
    title: str = ""
    promises: list[Promise] = []
    trouble: str = ""
    line: int = 0


def checked(path: Path) -> Checked:
    """Return what the conformance suite says of the component in a file."""
    try:
        source = path.read_text("utf-8")
        row = describe({"source": source}, lambda share, text: None)  # noqa: ARG005 - nobody listens
    except UserCodeError as error:
        return Checked(trouble=str(error), line=error.line)
    except (GnomonError, OSError, UnicodeDecodeError) as error:
        return Checked(trouble=str(error))
    try:
        import pytest  # noqa: PLC0415 - what gnomon does not need otherwise
    except ImportError:
        return Checked(row["name"], row["title"], trouble="The suite needs pytest. Install it: pip install pytest.")
    told = _Told()
    with tempfile.TemporaryDirectory() as folder:
        test = Path(folder) / "test_own.py"
        test.write_text(_TEST, "utf-8")
        os.environ["GNOMON_OWN_FILE"] = str(path.resolve())
        options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir", folder, "-c", os.devnull, str(test)]
        pytest.main(options, plugins=[told])
    return Checked(row["name"], row["title"], told.promises)


class _Told:
    """Listen to pytest."""

    def __init__(self) -> None:
        self.promises: list[Promise] = []

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Note how a test ended."""
        if report.when != "call" and report.outcome == "passed":
            return
        outcome = {"passed": "kept", "failed": "broken"}.get(report.outcome, "skipped")
        name = report.nodeid.rpartition("::")[2].removeprefix("test_").replace("_", " ")
        self.promises.append(Promise(name, outcome, *_why(report.longrepr)))


def _why(told: Any) -> tuple[str, int]:
    """Return why a test did not pass, and the line of the user's file that it was in."""
    if isinstance(told, tuple):
        return str(told[2]).removeprefix("Skipped: "), 0
    crash = getattr(told, "reprcrash", None)
    entries = getattr(getattr(told, "reprtraceback", None), "reprentries", [])
    places = [each.reprfileloc for each in entries if getattr(each, "reprfileloc", None) is not None]
    lines = [place.lineno for place in places if Path(place.path).name == FILE]
    text = str(getattr(crash, "message", told) or "").removeprefix("AssertionError: ")
    return "\n".join(text.split("\n")[:6])[:600], lines[-1] if lines else 0


def main() -> None:
    """Check the file that is named."""
    out = os.dup(1)
    os.dup2(2, 1)
    with redirect_stdout(io.TextIOWrapper(os.fdopen(os.dup(2), "wb", 0), write_through=True)):
        found = checked(Path(sys.argv[1]))
    os.write(out, msgspec.json.encode(found) + b"\n")


if __name__ == "__main__":
    main()
