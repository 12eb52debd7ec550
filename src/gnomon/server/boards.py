"""Dashboards and panels as documents: every change is a revision, so that all of it can be looked at as it was.

A panel belongs to one dashboard and keeps its name; the two make its id, so that whoever knows them finds it again.
The dashboard lists its panels and says where those stand that somebody has moved.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from gnomon.core.clock import Clock, now_us
from gnomon.core.errors import ConflictError, InputError, LimitError, NotFoundError
from gnomon.core.ids import base32
from gnomon.core.limits import MAX_NAME_CHARS, check_name
from gnomon.server.panels import check_description, check_label, check_options, guess_kind, read_value
from gnomon.server.revisions import RevisionError
from gnomon.store.documents import Document, Documents

MAX_PANELS: Final = 500
MAX_DASHBOARDS: Final = 2000
MAX_TABS: Final = 50
_MAX_LISTED: Final = 2 * MAX_PANELS
_PLACE: Final = ("row", "column", "width", "height")
_NEW_PANEL: Final[dict[str, Any]] = {
    "title": "",
    "description": "",
    "tab": "",
    "row": None,
    "column": None,
    "width": None,
    "height": None,
    "options": {},
    "value": None,
    "run": None,
    "stem": 0,
}
_NEW_DASHBOARD: Final[dict[str, Any]] = {"title": "", "project": None, "tabs": [], "layout": {}, "panels": []}
Edit = Callable[[dict[str, Any]], dict[str, Any]]


def panel_id(dashboard: str, name: str) -> str:
    """Return the id of a panel: 20 characters that follow from the two names.

    Example:
        >>> panel_id("default", "loss") == panel_id("default", "loss") != panel_id("default", "acc")
        True
    """
    digest = hashlib.blake2b(f"{dashboard}\0{name}".encode(), digest_size=13).digest()
    return base32(int.from_bytes(digest, "big"), 20)


class Boards:
    """Read and change dashboards and panels.

    Args:
        documents: Where they are kept.
        clock: Says when a change is made.
    """

    def __init__(self, documents: Documents, clock: Clock = now_us) -> None:
        self._documents = documents
        self._clock = clock

    def dashboards(self) -> list[Document]:
        """Return all dashboards, in the order in which they were made."""
        return self._documents.list("dashboard")

    def dashboard(self, name: str, at_us: int | None = None) -> Document:
        """Return a dashboard, as it is or as it was.

        Raises:
            NotFoundError: There is none, or there was none then.
        """
        return self._get("dashboard", name, at_us=at_us)

    def open_dashboard(self, name: str, fields: dict[str, Any] | None = None) -> tuple[Document, bool]:
        """Return a dashboard, made with these fields when there is none, and whether it was made."""
        known = self._find("dashboard", check_name(name, "dashboard"))
        if known is not None:
            return known, False
        if len(self.dashboards()) >= MAX_DASHBOARDS:
            msg = f"name: expected at most {MAX_DASHBOARDS} dashboards. Delete one, or put the panel on another."
            raise LimitError(msg, field="name")
        return self._make("dashboard", name, _dashboard(dict(_NEW_DASHBOARD), fields or {}))

    def change_dashboard(self, name: str, fields: dict[str, Any], if_rev: int | None = None) -> Document:
        """Replace fields of a dashboard; the cells of `layout` merge, one that is `None` goes."""
        return self._change("dashboard", name, lambda body: _dashboard(body, fields), if_rev)

    def delete_dashboard(self, name: str) -> None:
        """Take a dashboard away, and its panels with it."""
        found = self.dashboard(name)
        us = max(self._clock(), found.us)
        for panel in self.panels(found):
            self._documents.delete("panel", panel.id, us)
        self._documents.delete("dashboard", name, us)

    def restore_dashboard(self, name: str, rev: int | None = None) -> Document:
        """Bring a dashboard back as it was at a revision, and with it the panels that went when it did."""
        gone_us = None
        if self._find("dashboard", name) is None:
            gone_us = next((us for _, us in self._documents.history("dashboard", name, limit=1)), None)
        found = self._restore("dashboard", name, rev)
        for panel in found.body["panels"]:
            newest = self._documents.history("panel", panel, limit=1)
            if gone_us is not None and newest and newest[0][1] >= gone_us and self._find("panel", panel) is None:
                self._restore("panel", panel, None)
        return found

    def panels(self, dashboard: Document, at_us: int | None = None) -> list[Document]:
        """Return the panels of a dashboard that are (or were) there, in the order in which they were made."""
        return list(self._present(dashboard.body["panels"], at_us))

    def panel(self, panel: str, *, rev: int | None = None, at_us: int | None = None) -> Document:
        """Return a panel: as it is, at a revision, or as it was.

        Raises:
            NotFoundError: There is none, or there was none then.
        """
        return self._get("panel", panel, rev=rev, at_us=at_us)

    def open_panel(self, dashboard: str, name: str, fields: dict[str, Any]) -> tuple[Document, bool]:
        """Return a panel, made with these fields when there is none, and whether it was made."""
        panel = panel_id(check_name(dashboard, "dashboard"), check_name(name))
        board, _ = self.open_dashboard(dashboard)
        listed = self._listed(board.body, panel)
        known = self._find("panel", panel)
        if known is not None and listed is board.body:
            return known, False
        before = self._last_body(panel)
        body = dict(_NEW_PANEL) | {"dashboard": dashboard, "name": name, "kind": "text"}
        body["stem"] = 0 if before is None else before["stem"] + 1
        made = _panel(body, {"kind": _kind(fields), **fields})
        found = self._make("panel", panel, made) if known is None else (known, False)
        if listed is not board.body:  # after the panel is there, so that whoever hears of it finds it
            self._change("dashboard", dashboard, lambda body: self._listed(body, panel), None)
        return found

    def change_panel(self, panel: str, fields: dict[str, Any], if_rev: int | None = None) -> Document:
        """Replace fields of a panel; what it is told of its place counts more than where somebody moved it."""
        moved = False

        def edit(body: dict[str, Any]) -> dict[str, Any]:
            nonlocal moved
            changed = _panel(body, fields)
            moved = any(changed[name] != body[name] for name in _PLACE)
            return changed

        changed = self._change("panel", panel, edit, if_rev)
        if moved:
            self._forget_place(changed)
        return changed

    def delete_panel(self, panel: str) -> None:
        """Take a panel away; its history stays."""
        self._get("panel", panel)
        self._documents.delete("panel", panel, self._clock())

    def restore_panel(self, panel: str, rev: int | None = None) -> Document:
        """Bring a panel back as it was at a revision; by default at the last before it was deleted."""
        return self._restore("panel", panel, rev)

    def history(self, kind: str, name: str, limit: int, before_rev: int | None = None) -> list[tuple[int, int]]:
        """Return `(rev, us)` of the revisions of a dashboard or panel, newest first.

        Raises:
            NotFoundError: There never was one.
        """
        found = self._documents.history(kind, name, limit=limit, before_rev=before_rev)
        if not found and before_rev is None:
            raise _missing(kind, name)
        return found

    def times(self, dashboard: Document, at_most: int) -> list[int]:
        """Return the moments (µs) of the latest revisions of a dashboard and each of its panels."""
        found = [us for _, us in self._documents.history("dashboard", dashboard.id, limit=at_most)]
        for panel in dashboard.body["panels"]:
            found += [us for _, us in self._documents.history("panel", panel, limit=at_most)]
        return found

    def _present(self, panels: list[str], at_us: int | None) -> Iterator[Document]:
        for panel in panels:
            found = self._find("panel", panel, at_us)
            if found is not None:
                yield found

    def _listed(self, body: dict[str, Any], panel: str) -> dict[str, Any]:
        panels = body["panels"]
        if panel in panels:
            return body
        if len(panels) >= _MAX_LISTED:
            panels = [found.id for found in self._present(panels, None)]
        if len(panels) >= MAX_PANELS and len(list(self._present(panels, None))) >= MAX_PANELS:
            msg = f"name: expected at most {MAX_PANELS} panels on a dashboard. Delete one, or name another dashboard."
            raise LimitError(msg, field="name")
        return {**body, "panels": [*panels, panel]}

    def _forget_place(self, panel: Document) -> None:
        board = self._find("dashboard", panel.body["dashboard"])
        if board is not None and panel.id in board.body["layout"]:
            self.change_dashboard(board.id, {"layout": {panel.id: None}})

    def _find(self, kind: str, name: str, at_us: int | None = None) -> Document | None:
        try:
            return self._documents.get(kind, name, at_us=at_us)
        except NotFoundError:
            return None

    def _get(self, kind: str, name: str, *, rev: int | None = None, at_us: int | None = None) -> Document:
        try:
            return self._documents.get(kind, name, rev=rev, at_us=at_us)
        except NotFoundError:
            raise _missing(kind, name, when=rev is not None or at_us is not None) from None

    def _make(self, kind: str, name: str, body: dict[str, Any]) -> tuple[Document, bool]:
        try:
            return self._documents.put(kind, name, body, self._clock(), if_rev=0), True
        except ConflictError:  # another request was faster: that one is it
            return self._get(kind, name), False

    def _change(self, kind: str, name: str, edit: Edit, if_rev: int | None) -> Document:
        """Change a document in one piece; when somebody else comes in between, begin again with what they wrote."""
        while True:
            known = self._get(kind, name)
            if if_rev is not None and known.rev != if_rev:
                raise RevisionError(_stale(kind, name, if_rev, known.rev))
            body = edit(known.body)
            if body == known.body:
                return known
            try:
                return self._documents.put(kind, name, body, self._clock(), if_rev=known.rev)
            except ConflictError:
                continue

    def _restore(self, kind: str, name: str, rev: int | None) -> Document:
        body = self._last_body(name, kind) if rev is None else self._get(kind, name, rev=rev).body
        if body is None:
            raise _missing(kind, name)
        known = self._find(kind, name)
        if known is not None and (rev is None or known.body == body):
            return known
        return self._documents.put(kind, name, body, self._clock())

    def _last_body(self, name: str, kind: str = "panel") -> dict[str, Any] | None:
        for rev, _ in self._documents.history(kind, name, limit=2):  # a deletion never follows a deletion
            try:
                return self._documents.get(kind, name, rev=rev).body
            except NotFoundError:
                continue
        return None


def _dashboard(body: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    body = dict(body)
    if "title" in fields:
        body["title"] = check_label(fields["title"], "title")
    if "project" in fields:
        body["project"] = None if fields["project"] is None else check_name(fields["project"], "project")
    if "tabs" in fields:
        body["tabs"] = _tabs(fields["tabs"])
    if "layout" in fields:
        body["layout"] = _layout({**body["layout"], **fields["layout"]})
    return body


def _tabs(tabs: list[str]) -> list[str]:
    if len(tabs) > MAX_TABS or len(set(tabs)) != len(tabs):
        msg = f"tabs: expected at most {MAX_TABS} different names, received {len(tabs)}."
        raise InputError(msg, field="tabs")
    return [check_name(tab, "tabs") for tab in tabs]


def _layout(cells: dict[str, dict[str, int] | None]) -> dict[str, dict[str, int]]:
    kept = {panel: cell for panel, cell in cells.items() if cell is not None}
    if len(kept) > _MAX_LISTED or any(len(panel) > MAX_NAME_CHARS for panel in kept):
        msg = f"layout: expected at most {_MAX_LISTED} ids of panels, received {len(kept)}."
        raise LimitError(msg, field="layout")
    for panel, cell in kept.items():
        if cell["x"] + cell["w"] > 12:
            msg = f"layout.{panel}: expected x + w of at most 12 columns, received {cell['x']} + {cell['w']}."
            raise InputError(msg, field=f"layout.{panel}")
    return kept


def _kind(fields: dict[str, Any]) -> str:
    if "kind" in fields:
        return str(fields["kind"])
    return guess_kind(fields["value"]) if fields.get("value") is not None else "text"


def _panel(body: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    before = body["kind"]
    body = body | {name: fields[name] for name in ("kind", *_PLACE) if name in fields}
    for name in ("title", "tab"):
        if name in fields:
            body[name] = check_label(fields[name], name)
    if "description" in fields:
        body["description"] = check_description(fields["description"])
    if "options" in fields:
        body["options"] = check_options(fields["options"])
    if "value" in fields:
        body["value"] = read_value(body["kind"], fields["value"])
        if body["run"] is not None:  # other points from here on; the run keeps what was appended
            body |= {"run": None, "stem": body["stem"] + 1}
    elif body["kind"] != before:  # what one kind holds another cannot show
        body["value"] = None
    for name in ("run", "image", "agnez"):
        if name in fields:
            body["value" if name == "image" else name] = fields[name]
    return body


def _missing(kind: str, name: str, *, when: bool = False) -> NotFoundError:
    back = f"POST /api/v1/{kind}s/{name}/restore brings back one that was deleted"
    return NotFoundError(f"There is no {kind} {name!r:.80}{' at that time' if when else ''}; {back}.")


def _stale(kind: str, name: str, wanted: int, present: int) -> str:
    return f"If-Match: expected revision {wanted} of {kind} {name!r:.80}, but it is at {present}. Read it again."
