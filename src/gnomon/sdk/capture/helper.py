"""The helper that looks around for a program that just began, and is gone a moment later.

It writes what it finds into a journal of its own, as a part of the run, so it does not matter how long the program
lives. It runs at low priority, takes no more than its time limits, and never touches what it looks at.

    python -P -m gnomon.sdk.capture.helper --home ~/.gnomon
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from gnomon.core import journal
from gnomon.core.clock import now_us
from gnomon.core.folder import journal_root
from gnomon.core.plain import storable
from gnomon.core.records.record_type import Encoded
from gnomon.sdk.capture import checkout, machine, packages
from gnomon.sdk.capture.capture import SCRIPT
from gnomon.sdk.capture.masking import mask_source
from gnomon.sdk.capture.notes import script_text
from gnomon.sdk.capture.spool import Spool
from gnomon.sdk.notices import Notices
from gnomon.sdk.writer import Writer

DIFF: Final = "gnomon/code/diff"
ENVIRONMENT: Final = "gnomon/environment"
LATE_S: Final = 30.0
"""A request that waited longer, because no helper could be started or all were busy, says so."""

_MAX_META_SKIPPED: Final = 20
_TRIES: Final = 20
"""The folder of a run that has ended may be tidied away while its journal is being made: then it is made again."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the requests of a home until none is left."""
    parser = argparse.ArgumentParser(prog="gnomon-capture", description="Look around for runs that just began.")
    parser.add_argument("--home", type=Path, required=True, help="the home folder")
    home = parser.parse_args(arguments).home
    spool = Spool(home)
    while not spool.is_empty():
        slot = spool.slot()
        if slot is None:
            break
        try:
            while (request := spool.take()) is not None:
                serve(home, request)
        finally:
            slot.release()
    return 0


def serve(home: Path, request: dict[str, Any]) -> None:
    """Look around for one run and write what is found."""
    writer = _writer(home, request)
    if writer is None:
        return
    try:
        _Round(writer, request).run()
    finally:
        writer.close(None)


def _writer(home: Path, request: dict[str, Any]) -> Writer | None:
    opened = journal.Open(
        run=request["run"],
        project=request["project"],
        name=request["name"],
        writer="",
        us=now_us(),
        resumed=True,
        child=True,
    )
    to = None if request["to"] is None else str(request["to"]).encode()
    for _ in range(_TRIES):
        writer = Writer(journal_root(home), opened, to=to, notices=Notices())
        if writer.open():
            return writer
    return None


class _Round:
    """One look around: what is quick first, so that it is there when something slow fails."""

    def __init__(self, writer: Writer, request: dict[str, Any]) -> None:
        self._writer, self._request = writer, request
        self._parts = frozenset(request["parts"])
        self._details: dict[str, Any] = dict(request["details"])

    def run(self) -> None:
        late_s = (now_us() - self._request["us"]) / 1e6
        if late_s > LATE_S:
            said = f"The look around came {late_s:.0f} s after the run began: code and packages may have changed since."
            self._details.setdefault("problems", []).append(said)
        for part, look in (
            ("code", self._script),
            ("hardware", self._machine),
            ("packages", self._packages),
            ("code", self._checkout),
        ):
            if part in self._parts:
                try:
                    look()
                except Exception as error:  # noqa: BLE001 - one that fails must not take the others with it
                    said = f"{look.__name__.strip('_')}: {type(error).__name__}: {error}"
                    self._details.setdefault("problems", []).append(said[:500])
        if self._details:
            text = json.dumps(self._details, ensure_ascii=False, default=str)
            self._record(ENVIRONMENT, "json", {}, storable(text).encode())

    def _script(self) -> None:
        path = self._request.get("script")
        text = script_text(path) if path else None
        if path and text is not None:
            self._record(SCRIPT, "text", {"path": storable(path)}, mask_source(text).encode("utf-8", "replace"))

    def _machine(self) -> None:
        self._details["machine"] = found = machine.describe()
        self._change(machine.facts(found))

    def _packages(self) -> None:
        self._details["packages"] = packages.installed(self._request["sys_path"])

    def _checkout(self) -> None:
        found = checkout.find([Path(folder) for folder in self._request["folders"]], self._request["git_limit_s"])
        if found is None:
            return
        self._details["git"] = found.report
        self._change(found.facts)
        patch = found.patch
        if patch.data:
            meta = {"commit": found.commit, "files": patch.files, "skipped": patch.skipped[:_MAX_META_SKIPPED]}
            self._record(DIFF, "text", meta, bytes(patch.data))

    def _change(self, fields: dict[str, Any]) -> None:
        if fields:
            self._writer.append(journal.CHANGE, now_us(), fields)

    def _record(self, key: str, kind: str, meta: dict[str, Any], data: bytes) -> None:
        self._writer.record(key, Encoded(kind, meta, data), 0, now_us())


if __name__ == "__main__":
    os.closerange(3, 1024)  # descriptors of a program that we may outlive
    with suppress(OSError):
        os.chdir("/")
    with suppress(OSError, AttributeError):
        os.nice(10)
    sys.exit(main())
