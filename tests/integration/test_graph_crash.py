"""A patch of a graph that was answered is there after the server was killed."""

import json
import os
import signal
import urllib.request
from pathlib import Path
from typing import Any

from gnomon.cli.service import Service

PATCHES = 8


def ask(service: Service, method: str, path: str, body: object = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"{service.url}/api/v1{path}", data=data, method=method, headers=headers)
    with urllib.request.urlopen(request) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def units(graph: dict[str, Any]) -> int:
    return int(next(node["params"]["units"] for node in graph["graph"]["nodes"] if node["id"] == "hidden"))


def test_every_patch_that_was_answered_outlives_the_server(home: Path) -> None:
    with Service(home, 0) as service:
        path = (
            f"/graphs/{ask(service, 'POST', '/graphs', {'project': 'p', 'name': 'g', 'template': 'mnist_cnn'})['id']}"
        )
        for rev in range(1, PATCHES + 1):
            op = {"op": "set", "id": "hidden", "params": {"units": 100 + rev}}
            assert ask(service, "PATCH", path, {"rev": rev, "ops": [op]})["rev"] == rev + 1
        os.kill(service.pid, signal.SIGKILL)
        assert service.wait() == -signal.SIGKILL
    with Service(home, 0) as service:
        now = ask(service, "GET", path)
        assert (now["rev"], units(now)) == (PATCHES + 1, 100 + PATCHES)
        assert [units(ask(service, "GET", f"{path}?rev={rev}")) for rev in (2, 5)] == [101, 104]
