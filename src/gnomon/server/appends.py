"""Points appended to a panel: they become a run of the project `panels`, with all that holds for runs.

So an appended point is stored once and kept, drawn exactly at every zoom, and can be read and filtered like any other.
"""

import asyncio
from typing import Any, Final
from weakref import WeakValueDictionary

import msgspec

from gnomon.core.errors import InputError
from gnomon.core.limits import MAX_NAME_CHARS
from gnomon.server.boards import Boards
from gnomon.server.intake import Intake
from gnomon.server.rules import JSON
from gnomon.server.wire import LineError
from gnomon.store.catalog import Catalog
from gnomon.store.documents import Document

PROJECT: Final = "panels"


class Appends:
    """Append points to panels; one for the whole server.

    Args:
        boards: Where the panels are.
        intake: Stores the points.
        catalog: Knows which names of runs are taken.
    """

    def __init__(self, boards: Boards, intake: Intake, catalog: Catalog) -> None:
        self._boards = boards
        self._intake = intake
        self._catalog = catalog
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def append(self, panel: Document, points: dict[str, Any]) -> Document:
        """Append points to a panel of kind `line`; return the panel.

        Args:
            panel: As it was read.
            points: A number, or a list of numbers, for each line; `step` and `time` beside them.

        Raises:
            InputError: The panel shows something else, or a value is no number; `field` names it.
        """
        columns = read_append(points)
        async with self._locks.setdefault(panel.id, asyncio.Lock()):  # two first points must not begin two runs
            panel = await asyncio.to_thread(self._boards.panel, panel.id)
            if panel.body["kind"] != "line":
                kind = panel.body["kind"]
                msg = f'append: expected a panel of kind "line", this one is "{kind}". PATCH its value instead.'
                raise InputError(msg, field="append")
            run = panel.body["run"]
            if run is not None and self._catalog.get(run) is not None:
                await self._store(run, columns)
                return panel
            return await self._begin(panel, columns)

    async def _begin(self, panel: Document, columns: dict[str, Any]) -> Document:
        """Make the run, with the points that the panel holds itself."""
        name = self._free_name(panel)
        value = panel.body["value"]
        if value is not None and panel.body["run"] is None:
            await self._store(name, value["columns"])
        run = await self._store(name, columns)
        return await asyncio.to_thread(self._boards.change_panel, panel.id, {"run": run})

    def _free_name(self, panel: Document) -> str:
        base = f"{panel.body['dashboard']}/{panel.body['name']}"[: MAX_NAME_CHARS - 8]
        number, name = 1, base
        while self._catalog.find(PROJECT, name) is not None:
            number += 1
            name = f"{base} {number}"
        return name

    async def _store(self, run: str, columns: dict[str, Any]) -> str:
        line = {"project": PROJECT, "run": run, "columns": columns}
        done = await self._intake.store(msgspec.json.encode(line), JSON)
        if done.errors:
            raise _refused(done.errors[0])
        return done.runs[0] if done.runs else run


def read_append(points: dict[str, Any]) -> dict[str, Any]:
    """Return points as columns.

    Example:
        >>> read_append({"step": 3, "loss": 0.5})
        {'step': [3], 'loss': [0.5]}
    """
    if not set(points) - {"step", "time"}:
        msg = 'append: expected a number for at least one line, such as {"loss": 0.5}.'
        raise InputError(msg, field="append")
    return {
        name: value if isinstance(value, list) else [value]
        for name, value in points.items()
        if value is not None or name not in {"step", "time"}
    }


def _refused(error: LineError) -> InputError:
    field = error.field.replace("columns", "append", 1)
    return InputError(error.detail.replace("columns", "append", 1), field=field)
