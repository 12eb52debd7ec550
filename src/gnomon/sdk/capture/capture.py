"""What one run captures of its program: noted when it begins, completed when it ends."""

import sys
import traceback
from typing import TYPE_CHECKING, Any, Final

from gnomon.core.clock import now_us
from gnomon.core.errors import StoreError
from gnomon.core.records.record_type import Encoded
from gnomon.sdk.capture import notebook, notes
from gnomon.sdk.capture.masking import mask_text
from gnomon.sdk.capture.spool import Spool

if TYPE_CHECKING:
    from gnomon.sdk.run import Run

SCRIPT: Final = "gnomon/code/script"
TRACEBACK: Final = "gnomon/traceback"
GIT_LIMIT_S: Final = 20.0
_TRACEBACK_CHARS: Final = 64 << 10


class Capture:
    """Capture for one run. Nothing here raises, and nothing waits.

    Args:
        run: The run.
        parts: What is wanted; see `gnomon.sdk.capture.parts`.
        to: Content of the `.to` file, when the run is shipped.
    """

    def __init__(self, run: "Run", parts: frozenset[str], to: bytes | None = None) -> None:
        self._run, self._parts, self._to = run, parts, to
        self._told: dict[str, Any] = {}
        self._cells = ""

    def begin(self) -> None:
        """Note what only this process can see, and leave the rest to the helper."""
        if self._parts <= {"traceback"}:
            return
        try:
            noted = notes.take(self._parts, self._run.config)
            self._tell(noted.facts)
            if "code" in self._parts:
                self._keep_cells()
            self._leave(noted)
        except (OSError, ImportError, AttributeError, NotImplementedError) as error:
            msg = f"capture: code, packages and hardware of this run are not captured: {type(error).__name__}: {error}."
            self._run.tell("capture", StoreError(msg))
        except Exception as error:  # noqa: BLE001 - the promise is that training goes on
            self._run.tell("capture", StoreError(f"capture: {type(error).__name__}: {error}. Training goes on."))

    def failed(self, error: BaseException) -> None:
        """Keep the whole traceback of what ended the run."""
        if "traceback" not in self._parts:
            return
        try:
            text = mask_text("".join(traceback.format_exception(error)))
            if len(text) > _TRACEBACK_CHARS:
                text = f"{text[: _TRACEBACK_CHARS // 4]}\n…\n{text[-3 * _TRACEBACK_CHARS // 4 :]}"
            self._run.keep(TRACEBACK, Encoded("text", {}, text.encode("utf-8", "replace")))
        except Exception:  # noqa: BLE001 - an exception whose text raises: the state and its class are kept anyway
            return

    def finish(self) -> None:
        """Complete what came after the beginning: frameworks, the seed, cells of a notebook."""
        try:
            if "packages" in self._parts and (versions := notes.frameworks()):
                self._tell({"framework": versions})
            if "seeds" in self._parts and (seed := notes.chosen_seed(notes.seeds(self._run.config))) is not None:
                self._tell({"seed": seed})
            if "code" in self._parts:
                self._keep_cells()
        except Exception as error:  # noqa: BLE001 - as above
            self._run.tell("capture", StoreError(f"capture: {type(error).__name__}: {error}. Training goes on."))

    def _tell(self, facts: dict[str, Any]) -> None:
        new = {name: value for name, value in facts.items() if self._told.get(name) != value}
        if new:
            self._told |= new
            self._run.annotate(new)

    def _leave(self, noted: notes.Notes) -> None:
        run = self._run
        request = {
            "run": run.id,
            "project": run.project,
            "name": run.name,
            "to": None if self._to is None else self._to.decode(),
            "parts": sorted(self._parts),
            "details": noted.details,
            "script": noted.script,
            "folders": noted.folders,
            "sys_path": list(map(str, sys.path)),
            "git_limit_s": GIT_LIMIT_S,
            "us": now_us(),
        }
        Spool(run.home).leave(request)

    def _keep_cells(self) -> None:
        shell = notebook.session()
        cells = "" if shell is None else notebook.cells_text(shell)
        if cells and cells != self._cells:
            self._cells = cells
            meta = {"notebook": notebook.path_of(shell) or "an interactive session"}
            self._run.keep(SCRIPT, Encoded("text", meta, cells.encode("utf-8", "replace")))
