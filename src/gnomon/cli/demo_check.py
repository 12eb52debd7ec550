"""Does the demo's server show what was trained? Asked over HTTP, as a browser would."""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from gnomon.core.errors import UnavailableError

if TYPE_CHECKING:
    from gnomon.sdk.lab import Lab

_PATIENCE_S: Final = 30.0
_ASK_AGAIN_S: Final = 0.1
_SCRIPT: Final = re.compile(rb'<script type="module"[^>]+src="([^"]+\.js)"')


def settle(lab: "Lab", runs: Sequence[str], key: str, points: int) -> int:
    """Wait until every run is finished and has all its points; return how many points there are over all series.

    Args:
        lab: The home, through its server.
        runs: Ids of the runs.
        key: A series of each run.
        points: Points that series has when it is complete.

    Raises:
        UnavailableError: Half a minute after the last was logged, something is still missing; the message names it.
    """
    deadline = time.monotonic() + _PATIENCE_S
    total = 0
    for run in runs:
        while missing := _missing(lab, run, key, points):
            if time.monotonic() > deadline:
                raise UnavailableError(missing)
            time.sleep(_ASK_AGAIN_S)
        total += sum(stats.n for stats in lab.run(run).stats().values())
    return total


def check_page(url: str, token: str | None = None) -> None:
    """Fetch the page and its script.

    Args:
        url: Address of the page.
        token: Token of the server, where it asks for one.

    Raises:
        UnavailableError: Either does not come, or the page is not the app.
    """
    page = _get(url, token)
    script = _SCRIPT.search(page)
    if script is None:
        msg = f"{url} answers, but it is not the app. Build the web UI: make web."
        raise UnavailableError(msg)
    base = re.search(rb'<base href="([^"]+)"', page)
    root = urljoin(url, base[1].decode()) if base else url
    if len(_get(urljoin(root, script[1].decode()), token)) < 1000:
        msg = f"{url} names a script that is empty. Build the web UI again: make web."
        raise UnavailableError(msg)


def check_curve(lab: "Lab", run: str, key: str, points: int) -> None:
    """Read one curve as a chart does: on 100 pixels, from the first point to the last.

    Raises:
        UnavailableError: It is empty or incomplete.
    """
    buckets = lab.run(run).series(key).buckets(px=100)
    found = (float(buckets.x0[0]), float(buckets.x1[-1]), int(buckets.n.sum())) if len(buckets.n) else ()
    if found != (1.0, float(points), points):
        msg = f"The curve {key} of run {run}: expected steps 1 to {points:,}, received (first, last, points) {found}."
        raise UnavailableError(msg)


def begin_graph(url: str, project: str, template: str, token: str | None = None) -> None:
    """Put a graph of a template into a project's canvas, unless one of this name is there.

    Raises:
        UnavailableError: The server does not take it.
    """
    body = json.dumps({"project": project, "name": template, "template": template}).encode()
    _get(f"{url}/api/v1/graphs", token, body)


def _missing(lab: "Lab", run: str, key: str, points: int) -> str:
    found = lab.run(run)
    stats = found.stats().get(key)
    stored = stats.n if stats else 0
    if found.state == "finished" and stored == points:
        return ""
    return f"Run {found.name} is {found.state} with {stored:,} of {points:,} points of {key}. See `gnomon doctor`."


def _get(url: str, token: str | None, data: bytes | None = None) -> bytes:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if data is not None:
        headers["Content-Type"] = "application/json"
    asked = urllib.request.Request(url, data=data, headers=headers)  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
            body: bytes = answer.read()
            return body
    except (urllib.error.URLError, OSError) as error:
        if isinstance(error, urllib.error.HTTPError) and error.code == 503:
            msg = f"{url}: the web UI is not built. Build it: make web."
        else:
            msg = f"{url} does not answer: {error}."
        raise UnavailableError(msg) from error
